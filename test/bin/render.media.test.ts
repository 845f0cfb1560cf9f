import { spawn } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { frameHashes, probeResult } from '#test/worker/engines/probes'
import { awkward, cutSpeech, presenter, setUpStage, speech } from '#test/worker/engines/stage'

const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })
const script = fileURLToPath(new URL('../../bin/commands/render.ts', import.meta.url))

interface Run {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Runs the command with folders of its own: `home` for what libraries leave behind, `tmp` for scratch. */
async function render(
  name: string,
  args: string[],
  interruptAfterMs?: number,
  settings: Record<string, string> = {},
): Promise<Run & { folder: string }> {
  const folder = join(stage.folder, name)
  const [home, tmp, out] = ['home', 'tmp', 'out'].map((part) => join(folder, part))
  await Promise.all([home, tmp, out].map((path) => mkdir(path, { recursive: true })))
  const env = { ...process.env, HOME: home, XDG_CACHE_HOME: '', TMPDIR: tmp, ...settings }
  const all = ['--out', join(out, 'result.mp4'), '--cache', join(folder, 'cache'), ...args]
  const child = spawn(process.execPath, [script, ...all], { env })
  const run: Run = { exitCode: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (run.stdout += chunk))
  child.stderr.on('data', (chunk) => (run.stderr += chunk))
  if (interruptAfterMs) wait(interruptAfterMs).then(() => child.kill('SIGINT'))
  run.exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { ...run, folder }
}

test('one render, one line of JSON, and nothing left but the result', async () => {
  const input = ['--audio', awkward('audio_8khz_mono.wav'), '--video', awkward('video_without_audio.mp4')]
  const { exitCode, stdout, folder } = await render('works', [...input, '--json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, frames: 125, fps: 25, width: 640, height: 360 })
  expect((await probeResult(join(folder, 'out/result.mp4'))).video.nb_read_frames).toBe('125')
  expect(await readdir(join(folder, 'out'))).toEqual(['result.mp4'])
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
  // ONNX Runtime's telemetry would show here.
  expect(await readdir(join(folder, 'home'))).toEqual([])
})

test('a failure is told by its code', async () => {
  const input = ['--audio', awkward('audio_8khz_mono.wav'), '--video', awkward('no_face_colour_bars.mp4')]
  const { exitCode, stdout, folder } = await render('fails', [...input, '--json'])
  expect(exitCode).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'no_face' })
  expect(await readdir(join(folder, 'out'))).toEqual([])
})

const SHORT = ['--audio', awkward('audio_8khz_mono.wav'), '--video', awkward('video_without_audio.mp4')]

test('options are those of the API', async () => {
  const options = { quality: 'preview', fps: 30, leadMs: 0 }
  const { exitCode, stdout } = await render('options', [
    ...SHORT,
    '--options',
    JSON.stringify(options),
    '--json',
  ])
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { ok: true, frames: 150, fps: 30, height: 360 }])
})

test.for([
  [['--options', '{"sise": 480}'], /--options: .*sise/],
  [['--options', '{"size": 481}'], /--options\.size: /],
  [['--options', 'size=480'], /--options is not JSON/],
  [['--engine', 'magic'], /--engine: .*"mouth".*"command"/],
] as const)('%j is refused, saying what is wrong', async ([args, wrong]) => {
  const { exitCode, stderr } = await render('refused', [...SHORT, ...args])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(wrong)
})

test('any engine that is set up renders, on the device that has it', async () => {
  const argv = ['cp', awkward('video_without_audio.mp4'), '{output}']
  const settings = { COMMAND_ENGINE: JSON.stringify(argv), DEVICES: 'heygem:http://127.0.0.1:9,cpu' }
  const audio = await cutSpeech(stage, speech('speech_en_short.wav'), 2)
  const input = ['--audio', audio, '--video', awkward('video_without_audio.mp4'), '--engine', 'command']
  const { exitCode, stdout, folder } = await render('engine', [...input, '--json'], undefined, settings)
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { ok: true }])
  expect(await frameHashes(join(folder, 'out/result.mp4'))).toEqual(
    await frameHashes(awkward('video_without_audio.mp4')),
  )
})

test('an engine that is not set up says what it lacks on each device', async () => {
  const settings = { DEVICES: 'cpu,heygem:http://127.0.0.1:9' }
  const { exitCode, stdout } = await render(
    'lacks',
    [...SHORT, '--engine', 'wav2lip', '--json'],
    undefined,
    settings,
  )
  expect(exitCode).toBe(1)
  const { code, message } = JSON.parse(stdout)
  expect(code).toBe('engine_not_ready')
  expect(message).toMatch(/On "cpu": No weights are set. WAV2LIP_MODEL.*\nOn "heygem:.*Add cpu/)
})

test('wrong arguments show how to use it', async () => {
  const { exitCode, stderr } = await render('usage', ['--speech', 'x'])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/Usage: npm run render/)
})

test('Ctrl-C ends it and leaves neither result nor scratch', async () => {
  const input = [
    '--audio',
    speech('speech_en_long.mp3'),
    '--video',
    presenter('presenter_viktor_1920x1080.mp4'),
  ]
  const { exitCode, stdout, folder } = await render('interrupted', [...input, '--json'], 2500)
  expect(exitCode).toBe(130)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'interrupted' })
  expect(await readdir(join(folder, 'out'))).toEqual([])
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})
