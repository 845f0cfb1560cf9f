import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { rendering } from '#core/media/needs'
import { runningBelow } from '#test/setup/processes'
import { JobAborted } from '#worker/abort'
import { startFfmpeg } from '#worker/pipeline/child'

vi.setConfig({ testTimeout: 90_000 })

/** ffmpeg that never ends by itself. */
const endless = ['-re', '-f', 'lavfi', '-i', 'color=black:s=64x64', '-f', 'null', '-']

test('an abort ends an ffmpeg that nobody reads from, and gives its reason', async () => {
  const abort = new AbortController()
  const { done } = startFfmpeg(endless, ['ignore', 'ignore', 'pipe'], rendering([]), abort.signal)
  await vi.waitFor(() => expect(runningBelow('ffmpeg')).toHaveLength(1), { timeout: 20_000 })
  const reason = new JobAborted('shutdown')
  abort.abort(reason)
  await expect(done).rejects.toBe(reason)
  expect(runningBelow('ffmpeg')).toEqual([])
})

test('one that is killed by somebody else has run out of memory, be it while its box is made; one that is stopped has not', async () => {
  const { signal } = new AbortController()
  for (let ms = 0; ms < 60; ms += 3) {
    const killed = startFfmpeg(endless, ['ignore', 'ignore', 'pipe'], rendering([]), signal)
    await sleep(ms)
    killed.process.kill('SIGKILL')
    await expect(killed.done).rejects.toMatchObject({ code: 'out_of_memory', params: { signal: 'SIGKILL' } })
  }
  await vi.waitFor(() => expect(runningBelow('ffmpeg')).toEqual([]), { timeout: 20_000 })
  const stopped = startFfmpeg(endless, ['ignore', 'ignore', 'pipe'], rendering([]), signal)
  await stopped.stop()
  await expect(stopped.done).resolves.toMatchObject({ exitCode: -1 })
})
