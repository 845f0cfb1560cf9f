import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomNetwork, writeNetwork } from '#test/fixtures/wav2lip/networks'
import { atLeast, atMost, type Check, told } from '#tools/measure/check'
import { median } from '#tools/measure/statistics'
import { cutSpeech, loopSpeech, PRESENTERS } from './inputs.ts'
import type { Task } from './one-run.ts'
import { type Run, runTask } from './runner.ts'

export interface EngineBench {
  checks: Check[]
}

/** What the bench does in full, and what with --quick. Speech in seconds. */
const EXTENT = {
  full: { rounds: 5, speeches: [12, 30], batchSpeech: 3, batches: 20, memory: [30, 600] },
  quick: { rounds: 3, speeches: [4], batchSpeech: 2, batches: 8, memory: [15, 60] },
}
type Extent = (typeof EXTENT)['full']

/**
 * The built-in engine's speed and memory. Every figure of speed is a median of rounds, and what is compared is run
 * in turns, so that other work on the machine slows both alike.
 */
export async function runEngineBench({ quick = false } = {}): Promise<EngineBench> {
  const extent = quick ? EXTENT.quick : EXTENT.full
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-bench-'))
  try {
    const speeds: Check[] = []
    for (const seconds of extent.speeches) {
      speeds.push(...(await speed('720p', PRESENTERS.mei, seconds, folder, extent)))
      speeds.push(...(await speed('1080p', PRESENTERS.viktor, seconds, folder, extent)))
    }
    return {
      checks: [
        ...speeds,
        ...(await againstWav2Lip(folder, extent)),
        ...(await batchOfFour(folder, extent)),
        ...(await longPath(folder, extent)),
        ...(await memory(folder, extent)),
        ...conditions(extent, quick),
      ],
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Cached and first-time renders against the bare pipe. */
async function speed(size: string, videoPath: string, seconds: number, folder: string, extent: Extent) {
  const name = `${size}, ${seconds} s`
  const audioPath = await loopSpeech(folder, seconds)
  const task = (cacheDir: string): Task => ({ kind: 'render', videoPaths: [videoPath], audioPath, cacheDir })
  const warm = join(folder, `warm-${size}-${seconds}`)
  await runTask(task(warm))
  const runs: { bare: Run; cached: Run; first: Run; aborted: Run }[] = []
  for (let n = 0; n < extent.rounds; n++) {
    const bare = await runTask({ kind: 'bare', videoPath, seconds })
    const cached = await runTask(task(warm))
    const first = await runTask(task(join(folder, `cold-${size}-${seconds}-${n}`)))
    const aborted = await runTask({ kind: 'abort', videoPath, audioPath, cacheDir: warm })
    runs.push({ bare, cached, first, aborted })
  }
  const fpsOf = (kind: 'bare' | 'cached' | 'first') =>
    median(runs.map((run) => run[kind].frames / run[kind].seconds))
  const added = median(runs.map(({ cached, first }) => 100 * (first.seconds / cached.seconds - 1)))
  const share = median(runs.map(({ bare, cached }) => bare.seconds / cached.seconds))
  const silence = median(runs.map(({ first }) => first.silence ?? Number.NaN))
  const halt = median(runs.map(({ aborted }) => aborted.seconds))
  return [
    told(`${name}: bare pipe`, fpsOf('bare'), 'fps'),
    told(`${name}: render, cached`, fpsOf('cached'), 'fps'),
    told(`${name}: render, first time`, fpsOf('first'), 'fps'),
    atLeast(`${name}: cached render over the bare pipe`, share, 0.9),
    atMost(`${name}: first-time analysis adds`, added, 25, '%'),
    atMost(`${name}: longest time without progress`, 1000 * silence, 500, 'ms'),
    atMost(`${name}: time until an abort is honoured`, 1000 * halt, 1000, 'ms'),
  ]
}

/** Cached renders at 720p and the network in turns, so that both see the same load. */
async function againstWav2Lip(folder: string, extent: Extent): Promise<Check[]> {
  const [seconds] = extent.speeches
  const audioPath = await loopSpeech(folder, seconds)
  const modelPath = join(folder, 'wav2lip-96.onnx')
  await writeNetwork(modelPath, randomNetwork())
  const render: Task = {
    ...{ kind: 'render', videoPaths: [PRESENTERS.mei], audioPath },
    cacheDir: join(folder, `warm-720p-${seconds}`),
  }
  const [network, times]: number[][] = [[], []]
  for (let n = 0; n < extent.rounds; n++) {
    const alone = await runTask({ kind: 'network', modelPath, batches: extent.batches })
    const whole = await runTask(render)
    network.push(alone.frames / alone.seconds)
    times.push(whole.frames / whole.seconds / network[n])
  }
  return [
    told('Wav2Lip-96, network alone', median(network), 'fps'),
    atLeast('720p: cached render over the Wav2Lip network', median(times), 2.5, 'x'),
  ]
}

/** Four presenters with one speech: in one process with one cache, against four processes that share nothing. */
async function batchOfFour(folder: string, extent: Extent): Promise<Check[]> {
  const audioPath = await cutSpeech(folder, extent.batchSpeech)
  const videoPaths = Object.values(PRESENTERS)
  const [together, apart]: number[][] = [[], []]
  for (let n = 0; n < extent.rounds; n++) {
    const cache = (name: string) => join(folder, `batch-${n}-${name}`)
    const batch = await runTask({ kind: 'render', videoPaths, audioPath, cacheDir: cache('all') })
    together.push(batch.processSeconds)
    let singles = 0
    for (const [k, videoPath] of videoPaths.entries()) {
      const run = await runTask({
        kind: 'render',
        videoPaths: [videoPath],
        audioPath,
        cacheDir: cache(`${k}`),
      })
      singles += run.processSeconds
    }
    apart.push(singles)
  }
  return [
    told('batch of four', median(together), 's'),
    told('four singles', median(apart), 's'),
    told('batch of four over four singles', median(together.map((seconds, n) => seconds / apart[n])), 'x'),
  ]
}

/** The way through a presenter's own mouths, for the longest speech. */
async function longPath(folder: string, { rounds, memory: [, seconds] }: Extent): Promise<Check[]> {
  const audioPath = await loopSpeech(folder, seconds)
  const task: Task = { kind: 'cast', videoPath: PRESENTERS.mei, audioPath, cacheDir: join(folder, 'paths') }
  const times: number[] = []
  for (let n = 0; n < rounds; n++) times.push((await runTask(task)).seconds)
  return [atMost(`way through the mouths, ${seconds} s`, median(times), 2, 's')]
}

const MEGABYTE = 1e6
/** Most memory of the engine's process, and of all processes of a render, in MB. */
const MAX_MEMORY = 500
/** Most that a long render needs more than a short one, in %. */
const MAX_GROWTH = 10

/** Peaks of a short and a long render at 1080p, analysis included. */
async function memory(folder: string, { memory: [short, long] }: Extent): Promise<Check[]> {
  const peak = async (seconds: number) => {
    const audioPath = await loopSpeech(folder, seconds)
    const cacheDir = join(folder, `memory-${seconds}`)
    return (await runTask({ kind: 'render', videoPaths: [PRESENTERS.viktor], audioPath, cacheDir })).memory
  }
  const [least, most] = [await peak(short), await peak(long)]
  const checks = [[short, least] as const, [long, most] as const].flatMap(
    ([seconds, { own, children, together }]) => [
      atMost(`1080p, ${seconds} s: memory of the engine`, own / MEGABYTE, MAX_MEMORY, 'MB'),
      told(`1080p, ${seconds} s: memory of decoder and encoder`, children / MEGABYTE, 'MB'),
      atMost(`1080p, ${seconds} s: memory together`, together / MEGABYTE, MAX_MEMORY, 'MB'),
    ],
  )
  const growth = (kind: 'own' | 'together') => 100 * (most[kind] / least[kind] - 1)
  const name = `1080p, ${short} s to ${long} s: memory`
  return [
    ...checks,
    atMost(`${name} of the engine grows by`, growth('own'), MAX_GROWTH, '%'),
    atMost(`${name} together grows by`, growth('together'), MAX_GROWTH, '%'),
  ]
}

function conditions({ rounds }: Extent, quick: boolean): Check[] {
  return [
    told('cores', availableParallelism()),
    told('load of the machine at the end', loadavg()[0]),
    told(`rounds${quick ? ' (quick, not the full bench)' : ''}`, rounds),
  ]
}
