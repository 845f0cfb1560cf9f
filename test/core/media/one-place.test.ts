import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Who may start processes, and why none of them is media of a stranger's. */
const STARTERS = [
  'core/media/process.ts', // the box itself
  'core/media/walls.ts', // tries out what the box can be made of
  'worker/engines/command/process-group.ts', // a program of the administrator's
  'worker/main.ts', // the worker's slots
]

test('ffmpeg and ffprobe are started in one place, so that none escapes its box', () => {
  const files = ['core', 'worker', 'app'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => join(room, name)),
  )
  const starters = files.filter((file) => {
    const imports = /import (?!type )(.*) from 'node:child_process'/g
    return [...readFileSync(file, 'utf8').matchAll(imports)].length > 0
  })
  expect(starters.sort()).toEqual(STARTERS.sort())
  const builders = files.filter((file) => readFileSync(file, 'utf8').includes("'fluent-ffmpeg'"))
  // It would start ffmpeg by itself: see there.
  expect(builders).toEqual(['core/media/command.ts'])
  expect(readFileSync(builders[0], 'utf8')).not.toMatch(/\.(run|save|pipe|ffprobe|exec)\(/)
})
