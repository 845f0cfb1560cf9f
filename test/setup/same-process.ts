import { afterAll, vi } from 'vitest'

/*
 * Quick test files run one after another in the same process. After each of them its environment is what it was, and
 * no connection of this file is left for the next one to use.
 */
const before = { ...process.env }
const shared = globalThis as { greenroomDb?: unknown; greenroomBoss?: unknown }

afterAll(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  Object.assign(process.env, before)
  const open = [shared.greenroomDb && 'closeDb', shared.greenroomBoss && 'closeBoss'].filter(Boolean)
  shared.greenroomDb = shared.greenroomBoss = undefined
  if (open.length > 0) throw new Error(`This file needs an afterAll with ${open.join(' and ')}.`)
})
