import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type ChildPipe, openChildPipe } from '#worker/pipeline/child-pipe'

/** A process that writes so many bytes, each the rest of its place by 251, and then goes on or not. */
function writer(pipe: ChildPipe, bytes: number, then = ''): ChildProcess {
  const script = `process.stdout.write(Buffer.from(Array.from({ length: ${bytes} }, (_, n) => n % 251)), () => {${then}})`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', pipe.childEnd, 'ignore'] })
  pipe.handedOver()
  return child
}

const expected = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, n) => n % 251))

test.for([
  [300_000, 70_000],
  [70_000, 70_000],
  [10, 70_000],
  [0, 8],
])('%d bytes come whole in blocks of %d, and the rest after them', async ([bytes, size]) => {
  const pipe = await openChildPipe(size)
  writer(pipe, bytes)
  const blocks: Buffer[] = []
  for await (const block of pipe.blocks()) {
    // A reader that takes its time still sees the block that it was given.
    await wait(20)
    blocks.push(Buffer.from(block))
  }
  expect(blocks.map((block) => block.length)).toEqual(Array(Math.floor(bytes / size)).fill(size))
  expect(Buffer.concat([...blocks, pipe.rest()]).equals(expected(bytes))).toBe(true)
  pipe.close()
})

test('a process that writes more than is read waits, and ends when the pipe is closed', async () => {
  const pipe = await openChildPipe(1000)
  const child = writer(pipe, 3_000_000)
  for await (const block of pipe.blocks()) {
    expect(block.length).toBe(1000)
    break
  }
  await wait(300)
  expect(child.exitCode).toBeNull()
  pipe.close()
  await once(child, 'close')
})

test('blocks end when the process is killed', async () => {
  const pipe = await openChildPipe(1000)
  const child = writer(pipe, 1500, 'setInterval(() => {}, 1000)')
  const sizes: number[] = []
  for await (const block of pipe.blocks()) {
    sizes.push(block.length)
    setTimeout(() => child.kill('SIGKILL'), 50)
  }
  expect([sizes, pipe.rest().length]).toEqual([[1000], 500])
  pipe.close()
})
