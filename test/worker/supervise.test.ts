import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { type SupervisorOptions, supervise } from '#worker/supervisor'
import { TIMINGS } from '#worker/timings'

/** A slot process that is this line of JavaScript, with a channel to its supervisor. */
const slot = (script: string, executable = process.execPath): ChildProcess =>
  spawn(executable, ['-e', script], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })

const STAYS = "process.send('up'); setInterval(() => {}, 1000);"
const HEEDS = `process.on('message', (message) => message === 'stop' && process.exit(0)); ${STAYS}`

/** Supervises slots that are these processes, one after the other, and returns the pauses before each further one. */
async function pausesOf(starts: (() => ChildProcess)[], change: Partial<SupervisorOptions> = {}) {
  const pauses: number[] = []
  const said: string[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  const supervisor = supervise({
    devices: ['cpu'],
    start: () => starts[pauses.length](),
    say: (line) => said.push(line),
    timings: TIMINGS,
    pause: async (ms) => {
      pauses.push(ms)
      if (pauses.length === starts.length) resolve()
      if (pauses.length === starts.length) await new Promise(() => {})
    },
    ...change,
  })
  await all
  supervisor.kill()
  return { pauses, said }
}

const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value)
const fails = () => slot('process.exit(1)')

test('waits twice as long each time before it starts a slot that keeps ending, half a minute at most', async () => {
  const { pauses, said } = await pausesOf(times(9, fails))
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
  expect(said[0]).toBe('! The slot cpu stopped (exit code 1). Again in 0.25 s.')
})

test('starts a slot at once that asks for it by exit code 75, and its pauses grow no further by that', async () => {
  const asks = () => slot('process.exit(75)')
  const { pauses } = await pausesOf([fails, asks, asks, fails])
  expect(pauses).toEqual([250, 0, 0, 500])
})

test('a slot that has worked is started again after the shortest pause, whatever came before', async () => {
  const works = () => {
    const child = slot("process.send('worked'); setInterval(() => {}, 1000)")
    return child.once('message', () => child.kill('SIGKILL'))
  }
  const { pauses } = await pausesOf([fails, fails, works, fails])
  expect(pauses).toEqual([250, 500, 250, 500])
})

test('so is one that ran for long', async () => {
  const timings = { ...TIMINGS, steadyMs: 0 }
  expect((await pausesOf([fails, fails, fails], { timings })).pauses).toEqual([250, 250, 250])
})

test('a slot that a signal ends is named with it, and one that could not be started with the reason', async () => {
  const killed = () => slot("process.kill(process.pid, 'SIGKILL')")
  const { said } = await pausesOf([killed, () => slot('', '/no/such/program')])
  expect(said[0]).toContain('(SIGKILL)')
  expect(said[1]).toContain('ENOENT')
})

test('each device has a slot of its own', async () => {
  const started: string[] = []
  const supervisor = supervise({
    devices: ['cpu', 'cuda:0'],
    start: (device) => {
      started.push(device)
      return slot(HEEDS)
    },
    say: () => {},
    timings: TIMINGS,
  })
  await supervisor.stop()
  expect(started).toEqual(['cpu', 'cuda:0'])
})

test('stops slots in good order, ends one that does not heed, and starts none again', async () => {
  const children: ChildProcess[] = []
  const scripts: Record<string, string> = { cpu: HEEDS, coreml: STAYS }
  const supervisor = supervise({
    devices: Object.keys(scripts),
    start: (device) => {
      children.push(slot(scripts[device]))
      return children.at(-1)!
    },
    say: () => {},
    timings: { ...TIMINGS, slotGraceMs: 2000 },
  })
  await Promise.all(children.map((child) => once(child, 'message')))
  await supervisor.stop()
  expect(children.map((child) => [child.exitCode, child.signalCode])).toEqual([
    [0, null],
    [null, 'SIGKILL'],
  ])
})

test('a pause ends when the supervisor is told to stop', async () => {
  const said: string[] = []
  const supervisor = supervise({
    devices: ['cpu'],
    start: fails,
    say: (line) => said.push(line),
    timings: { ...TIMINGS, firstPauseMs: 3_600_000 },
  })
  await expect.poll(() => said).toHaveLength(1)
  await supervisor.stop()
})
