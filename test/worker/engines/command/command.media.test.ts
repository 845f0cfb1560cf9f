import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { until } from '#test/setup/worker'
import { probeResult } from '#test/worker/engines/probes'
import {
  type Attempt,
  awkward,
  cutSpeech,
  failureOf,
  inputFor,
  renderWith,
  settingsOf,
  setUpFolder,
  speech,
} from '#test/worker/engines/stage'
import { engineEnvironment } from '#worker/engine-contract/settings'
import { fillArguments } from '#worker/engines/command/arguments'
import { createCommandEngine } from '#worker/engines/command/command'
import { progressOf } from '#worker/engines/command/progress-lines'
import { checkCommand } from '#worker/engines/command/readiness'

const run = promisify(execFile)
const stage = setUpFolder()
const PROGRAM = join(import.meta.dirname, '../../../setup/render-program.ts')
const video = awkward('video_without_audio.mp4')
let audio: string
let made: string

beforeAll(async () => {
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), 1.5)
  made = join(stage.folder, 'made.mp4')
  // An old codec, as OpenCV writes it: browsers don't play it.
  await run(ffmpegPath(), [
    '-v',
    'error',
    '-stream_loop',
    '-1',
    '-i',
    video,
    '-t',
    '1.6',
    '-c:v',
    'mpeg4',
    made,
  ])
})

type Mood = 'render' | 'fail' | 'memory' | 'nothing' | 'torso' | 'stubborn'

const report = () => join(stage.folder, 'report.json')
const reported = () => JSON.parse(readFileSync(report(), 'utf8'))
const environment = (mood: Mood) => ({
  COMMAND_ENGINE: JSON.stringify([
    ...[process.execPath, PROGRAM, mood, made, '{audio}', '{video}', '{output}', report()],
  ]),
})

async function render(
  mood: Mood,
  more: Partial<Attempt> & { env?: Record<string, string>; device?: string } = {},
) {
  const engine = createCommandEngine(settingsOf({ ...environment(mood), ...more.env }).command)
  await engine.load(more.device ?? 'cpu')
  return renderWith(engine, stage, { audio, video, ...more })
}

/** Whether a process lives; one that ended and that nobody has asked after does not. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('a program renders: plain inputs in, its picture with the speech out, progress from its output', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://secret')
  const { input, result, progress } = await render('render', { device: 'cuda:1' })
  vi.unstubAllEnvs()
  expect(reported()).toMatchObject({ wav: 'RIFF', env: { CUDA_VISIBLE_DEVICES: '1' } })
  expect(reported().video).toMatch(/presenter\.mp4$/)
  expect(reported().env).not.toHaveProperty('DATABASE_URL')
  const probe = await probeResult(input.outputPath)
  expect(probe.video).toMatchObject({ codec_name: 'h264', pix_fmt: 'yuv420p' })
  expect(Number(probe.video.nb_read_frames)).toBe(result.frames)
  expect(Math.abs(Number(probe.audio.duration) - 1.5)).toBeLessThan(0.05)
  expect(Math.abs(result.durationSeconds - 1.5)).toBeLessThan(0.1)
  const told = progress.filter(({ stage }) => stage === 'render').map(({ fraction }) => fraction)
  expect(told.some((fraction) => fraction > 0.1 && fraction < 0.9)).toBe(true)
  expect(await readdir(input.scratchDir)).not.toContain('command')
})

test('a program that fails is quoted', async () => {
  const error = await failureOf(render('fail'))
  expect(error).toMatchObject({ code: 'engine_failed', transient: false, params: { exitCode: 3 } })
  expect(error.message).toMatch(/exit code 3.*ValueError: Face not detected/s)
})

test('a program without memory gets one more attempt', async () => {
  expect(await failureOf(render('memory'))).toMatchObject({ code: 'out_of_memory', transient: true })
  expect(await failureOf(render('memory', { attempt: 2 }))).toMatchObject({
    code: 'out_of_memory',
    transient: false,
  })
})

test('a result that is missing or broken does not count', async () => {
  expect(await failureOf(render('nothing'))).toMatchObject({ params: { found: 'there is no file' } })
  const error = await failureOf(render('torso'))
  expect(error.code).toBe('engine_failed')
  expect(error.message).toMatch(/can't be used: .*can't be read/)
})

test('a program that takes too long is stopped', async () => {
  const started = render('stubborn', { env: { COMMAND_TIMEOUT_SECONDS: '1' } })
  expect(await failureOf(started)).toMatchObject({
    code: 'engine_timeout',
    transient: true,
    params: { seconds: 1 },
  })
  expect(lives(reported().pid) || lives(reported().child)).toBe(false)
})

test('an abort ends a stubborn program and its children within a second', async () => {
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const rendering = render('stubborn', { signal: abort.signal, onProgress: () => {} })
  rendering.catch(() => {})
  await until(() =>
    stat(report()).then(
      () => reported().child !== undefined && lives(reported().child),
      () => false,
    ),
  )
  const { pid, child } = reported()
  const at = performance.now()
  abort.abort(reason)
  await expect(rendering).rejects.toBe(reason)
  expect(performance.now() - at).toBeLessThan(3000)
  expect([lives(pid), lives(child)]).toEqual([false, false])
})

test('a worker that is killed takes the program with it', async () => {
  const input = await inputFor(stage, audio, video)
  const worker = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../../setup/command-worker.ts'), JSON.stringify(input)],
    {
      env: { ...process.env, ...environment('stubborn') },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  await until(async () => {
    const facts = await readFile(report(), 'utf8')
      .then(JSON.parse)
      .catch(() => ({}))
    return facts.audio?.startsWith(input.scratchDir) && facts.child !== undefined && lives(facts.child)
  })
  const { pid, child } = reported()
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await until(() => !lives(pid) && !lives(child), 5000)
})

test('placeholders fill arguments, and no shell reads what they hold', () => {
  const values = { audio: 'a b', video: '$(touch x)', output: 'o', scratch: 's', attempt: 2 }
  const filled = fillArguments(['run', '--in={audio}', '{video}', '{other}', 'try{attempt}'], values)
  expect(filled).toEqual(['run', '--in=a b', '$(touch x)', '{other}', 'try2'])
})

test.for<[string, RegExp | null, number | null]>([
  ['denoising:  45%|####', null, 0.45],
  ['99.5 %', null, 0.995],
  ['out_time_ms=2500000', null, 0.25],
  ['out_time=00:00:05.000000', null, 0.5],
  ['frame=  120 fps= 30 time=00:00:07.50 bitrate=', null, 0.75],
  ['out_time=N/A', null, null],
  ['step 12/48', /step (\d+)\/(\d+)/, 0.25],
  ['progress 0.3', /progress ([\d.]+)/, 0.3],
  ['progress 30', /progress ([\d.]+)/, 0.3],
  ['progress 1%', /progress ([\d.]+)%/, 0.01],
  ['progress 250', /progress ([\d.]+)/, 1],
  ['loading weights', /progress ([\d.]+)/, null],
])('"%s" by %s is %s', ([line, pattern, share]) => {
  const found = progressOf(line, pattern, 10)
  if (share === null) expect(found).toBeNull()
  else expect(found).toBeCloseTo(share, 6)
})

test.for([
  ['run.py {audio}', /must be a JSON array/],
  ['["run.py"]', /must use \{output\}/],
  ['["run.py","{outptu}","{output}"]', /\{outptu\}, which is unknown/],
])('COMMAND_ENGINE=%s is refused', ([value, message]) => {
  const parsed = engineEnvironment.safeParse({ COMMAND_ENGINE: value })
  expect(parsed.error?.issues[0]).toMatchObject({
    path: ['COMMAND_ENGINE'],
    message: expect.stringMatching(message),
  })
})

test('COMMAND_PROGRESS needs a group', () => {
  const parsed = engineEnvironment.safeParse({ COMMAND_PROGRESS: '\\d+%' })
  expect(parsed.error?.issues[0].message).toMatch(/must have a group/)
})

test('whether it is ready is said in plain words', async () => {
  const check = (env: Record<string, string>) => checkCommand(settingsOf(env).command)
  expect(await check({})).toMatchObject({ ready: false, code: 'command_not_set' })
  expect(await check({ COMMAND_ENGINE: '["no-such-program","{output}"]' })).toMatchObject({
    ...{ ready: false, code: 'command_not_found', params: { program: 'no-such-program' } },
  })
  expect(await check({ COMMAND_ENGINE: '["sh","{output}"]', COMMAND_CWD: '/nowhere' })).toMatchObject({
    ready: false,
  })
  expect(await check({ COMMAND_ENGINE: '["sh","{output}"]' })).toEqual({ ready: true, note: null })
  const engine = createCommandEngine(settingsOf({}).command)
  expect(await failureOf(engine.load('cpu'))).toMatchObject({
    code: 'engine_not_ready',
    params: { why: 'command_not_set' },
  })
})
