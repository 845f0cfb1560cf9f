import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ASSET_TRANSITIONS } from '#core/asset/state'
import { TRANSITIONS } from '#core/render-job/state'

it('docs/architecture.md shows the table of states that the code follows', () => {
  const page = readFileSync('docs/architecture.md', 'utf8')
  const [, table] = page.split(/<!-- states:(?:begin|end) -->/)
  const rows = table.trim().split('\n').slice(2)
  const shown = rows.map((row) => {
    const [from, event, to, what] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    expect(what).not.toBe('')
    return { event: event.replaceAll('`', ''), from: from.split(', '), to }
  })
  expect(shown).toEqual(
    Object.entries(TRANSITIONS).map(([event, { from, to }]) => ({ event, from: [...from], to })),
  )
})

it('docs/files.md shows the states of a file that the code follows', () => {
  const [, table] = readFileSync('docs/files.md', 'utf8').split(/<!-- states:(?:begin|end) -->/)
  const rows = table.trim().split('\n').slice(2)
  const shown = rows.map((row) =>
    row
      .split('|')
      .slice(1, 4)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
  expect(shown).toEqual(Object.entries(ASSET_TRANSITIONS).map(([event, { from, to }]) => [from, event, to]))
})

it('only one function writes the state of a render job', () => {
  const writers = globSync('{core,worker,app,bin}/**/*.{ts,tsx}').filter((file) => {
    const text = readFileSync(file, 'utf8')
    // In SQL only what stands between SET and FROM or WHERE is written.
    return /renderJob\.(update|upsert)|UPDATE "RenderJob"[^`]*?SET(?:(?!\b(?:FROM|WHERE)\b)[^`])*\bstate\s*=/.test(
      text,
    )
  })
  // entry.ts ties a row to its pg-boss job, delete.ts hands the rows of a deleted person on: neither writes a state.
  expect(writers.sort()).toEqual([
    'core/queue/entry.ts',
    'core/render-job/transition.ts',
    'core/user/delete.ts',
  ])
})
