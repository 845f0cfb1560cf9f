import { expect, test } from 'vitest'
import { runProcess } from '#core/media/process'

const node = process.execPath

test('any exit code is a result, with the end of stderr', async () => {
  const result = await runProcess(node, ['-e', 'console.log(1); console.error("sorry"); process.exit(3)'])
  expect(result).toMatchObject({ exitCode: 3, stderrTail: 'sorry' })
  expect(result.stdout.toString()).toBe('1\n')
})

test.each([
  ['timeout', ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 300 }],
  [
    'too_much_output',
    ['-e', 'for (;;) process.stdout.write("x".repeat(65536))'],
    { maxOutputBytes: 100_000 },
  ],
])('a %s kills the child', async (failure, args, options) => {
  await expect(runProcess(node, args, options)).rejects.toMatchObject({ failure })
})

test('a program that is not there is told so', async () => {
  await expect(runProcess('/nowhere/ffmpeg', [])).rejects.toMatchObject({ failure: 'not_started' })
})

test('an abort kills the child before the promise rejects', async () => {
  const control = new AbortController()
  let pid = 0
  const running = runProcess(node, ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'], {
    signal: control.signal,
    onStdout: (chunk) => {
      pid = Number(chunk.toString())
      control.abort(new Error('enough'))
    },
  })
  await expect(running).rejects.toThrow('enough')
  expect(() => process.kill(pid, 0)).toThrow()
})
