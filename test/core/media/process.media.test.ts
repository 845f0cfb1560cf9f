import { expect, test } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { ASKING } from '#core/media/needs'
import { runMedia } from '#core/media/process'

const endless = [
  '-v',
  'error',
  '-f',
  'lavfi',
  '-re',
  '-i',
  'anullsrc',
  '-f',
  'null',
  '-',
  '-progress',
  'pipe:1',
]

test('any exit code is a result, with the end of stderr', async () => {
  const result = await runMedia(ffmpegPath(), ['-v', 'error', '-i', '/nowhere.mp4'], ASKING)
  expect(result.exitCode).toBeGreaterThan(0)
  expect(result.stderrTail).toMatch(/nowhere.mp4: No such file/)
})

test.each([
  ['timeout', endless, { timeoutMs: 300 }],
  [
    'too_much_output',
    ['-v', 'error', '-f', 'lavfi', '-i', 'anullsrc', '-f', 's16le', '-'],
    { maxOutputBytes: 1e5 },
  ],
])('a %s ends the program', async (failure, args, options) => {
  await expect(runMedia(ffmpegPath(), args, ASKING, options)).rejects.toMatchObject({ failure })
})

test('a program that is not there is told so', async () => {
  await expect(runMedia('/nowhere/ffmpeg', [], ASKING)).rejects.toMatchObject({ failure: 'not_started' })
})

test('an abort ends the program before the promise rejects', async () => {
  const control = new AbortController()
  const running = runMedia(ffmpegPath(), endless, ASKING, {
    signal: control.signal,
    onStdout: () => control.abort(new Error('enough')),
  })
  await expect(running).rejects.toThrow('enough')
})
