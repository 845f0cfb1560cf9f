import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ROOT } from '#bin/process/paths'
import type { BoxMeasure } from '#core/media/box-report'

type Told = BoxMeasure & { what: string; whatToDo: string | null }

async function doctor(env: Record<string, string>, ...args: string[]) {
  const command = [join(ROOT, 'bin/commands/doctor.ts'), ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } })
  return stdout
}

test('the doctor says of each measure whether it is in force, and of each missing one what to do', async () => {
  const { box } = JSON.parse(await doctor({}, '--json')) as { box: Told[] }
  expect(box.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['network', 'files', 'memory', 'user', 'ffmpeg']),
  )
  for (const { inForce, by, whatToDo } of box) {
    expect(Boolean(by)).toBe(inForce)
    expect(Boolean(whatToDo)).toBe(!inForce)
  }
})

test('what is switched off is missing, with the switch', async () => {
  const { box } = JSON.parse(await doctor({ MEDIA_BOX: 'none' }, '--json')) as { box: Told[] }
  const network = box.find(({ name }) => name === 'network')
  expect(network).toMatchObject({ inForce: false, whatToDo: 'unset MEDIA_BOX' })
  expect(await doctor({ MEDIA_BOX: 'none' })).toMatch(/✗ no network[\s\S]*What to do:[\s\S]*unset MEDIA_BOX/)
})
