import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { type HeygemTestServer, startHeygemServer } from '#test/setup/heygem-server'
import { probeResult } from '#test/worker/engines/probes'
import {
  awkward,
  cutSpeech,
  failureOf,
  renderWith,
  settingsOf,
  setUpFolder,
  speech,
} from '#test/worker/engines/stage'
import { parseDevice } from '#worker/engine-contract/device'
import type { Engine } from '#worker/engine-contract/engine'
import { createHeygemEngine } from '#worker/engines/heygem/heygem'
import { heygemServer } from '#worker/engines/heygem/protocol'
import { checkHeygem } from '#worker/engines/heygem/readiness'
import { type Patience, runRemoteJob } from '#worker/engines/heygem/remote-job'
import { openShare } from '#worker/engines/heygem/share'

const run = promisify(execFile)
const stage = setUpFolder()
let share: string
let server: HeygemTestServer
let engine: Engine
let audio: string
let result: string
const video = awkward('video_without_audio.mp4')

beforeAll(async () => {
  share = join(stage.folder, 'share')
  await mkdir(share)
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), 1.5)
  result = await resultOf(1.5)
})
beforeEach(async () => {
  server = await startHeygemServer(share, result)
  const settings = settingsOf({ HEYGEM_SHARE: share })
  engine = createHeygemEngine(settings.heygem, { ...PATIENCE, stuckMsPerSpeechSecond: 0 })
  await engine.load(`heygem:${server.url}`)
  server.log.length = 0
})
afterEach(async () => {
  await engine.close()
  await server.close()
})

const PATIENCE: Patience = { pollMs: 10, busyMs: 300, silentMs: 700, stuckMs: 400 }

/** What a server makes: the presenter, moving for so long. */
async function resultOf(seconds: number): Promise<string> {
  const path = join(stage.folder, `result-${seconds}.mp4`)
  const input = ['-v', 'error', '-y', '-stream_loop', '-1', '-i', video, '-t', String(seconds)]
  await run(ffmpegPath(), [...input, '-c:v', 'libx264', '-preset', 'ultrafast', path])
  return path
}

/** A whole render by the engine, through real media. */
const render = (signal?: AbortSignal) => renderWith(engine, stage, { audio, video, signal })

/** The server's part of a render alone: hand in, ask, find the result. */
async function remote(attempt = 1): Promise<string> {
  const code = randomUUID()
  const shared = openShare(share, '/code/data')
  const files = await shared.open(code)
  await writeFile(files.audioPath, 'speech')
  await writeFile(files.videoPath, 'video')
  const { signal } = new AbortController()
  try {
    return await runRemoteJob({
      ...{ server: heygemServer(server.url), url: server.url, attempt, signal, patience: PATIENCE },
      job: { code, audio: files.audioInside, video: files.videoInside },
      findResult: async (said) => ((await shared.findResult(code, said, signal)) ? code : null),
      onProgress: () => {},
    })
  } finally {
    await shared.remove(code)
  }
}

/** Files that any job has left in the share. */
async function leftovers(): Promise<string[]> {
  const entries = await readdir(share, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

const submits = () => server.log.filter((line) => line.startsWith('submit'))

test('a video goes through the server and comes back with the speech; nothing stays in the share', async () => {
  const { input, result: made, progress } = await render()
  expect(server.log).toEqual([
    'submit 10000',
    'query 10000 status 1',
    'query 10000 status 1',
    'query 10000 status 2',
  ])
  const probe = await probeResult(input.outputPath)
  expect(probe.video).toMatchObject({ codec_name: 'h264', width: 640, height: 360 })
  expect(Number(probe.video.nb_read_frames)).toBe(made.frames)
  expect(Math.abs(Number(probe.audio.duration) - 1.5)).toBeLessThan(0.05)
  expect(Math.abs(made.durationSeconds - 1.5)).toBeLessThan(0.1)
  expect(progress.map(({ fraction }) => fraction)).toEqual(
    progress.map(({ fraction }) => fraction).sort((a, b) => a - b),
  )
  expect(await leftovers()).toEqual([])
})

test('a server that has another folder than this machine is found out before a job is', async () => {
  const elsewhere = join(stage.folder, 'elsewhere')
  await mkdir(elsewhere, { recursive: true })
  const device = parseDevice(`heygem:${server.url}`)
  const seen = (path: string) => checkHeygem(settingsOf({ HEYGEM_SHARE: path }).heygem, device)
  expect(await seen(elsewhere)).toMatchObject({ code: 'share_unseen', params: { path: elsewhere } })
  expect(await seen(share)).toMatchObject({ ready: true })
  expect(await leftovers()).toEqual([])
})

test('a busy server, which also says "success", is waited for', async () => {
  server.mischief.busy = 3
  await remote()
  expect(submits()).toEqual(['submit 10001', 'submit 10001', 'submit 10001', 'submit 10000'])
})

test('a server that stays busy ends as a transient engine_busy', async () => {
  server.mischief.busy = 1000
  expect(await failureOf(remote())).toMatchObject({ code: 'engine_busy', transient: true })
})

test('a submit whose answer was lost is not handed in twice', async () => {
  server.mischief.loseSubmitAnswer = 1
  await remote()
  expect(submits()).toEqual(['submit lost'])
})

test('an end whose answer was lost: 10004, and the result is found in the share', async () => {
  server.mischief.loseLastAnswer = 1
  await remote()
  expect(server.log.slice(-2)).toEqual(['query lost', 'query 10004'])
  expect(submits()).toHaveLength(1)
})

test('a restart forgets the job: it is handed in once more, and the torso of a result does not count', async () => {
  server.mischief.restart = 1
  await remote()
  expect(server.log).toContain('query 10004')
  expect(submits()).toEqual(['submit 10000', 'submit 10000'])
})

test('a job that is forgotten twice ends as a transient error', async () => {
  server.mischief.restart = 2
  expect(await failureOf(remote())).toMatchObject({ code: 'engine_failed', transient: true })
})

test('a job that hangs times out, because the server never does', async () => {
  server.mischief.hang = true
  const error = await failureOf(remote())
  expect(error).toMatchObject({ code: 'engine_timeout', transient: true })
  expect(error.message).toMatch(/20 视频特征提取完成/)
})

test('a passing system error is asked past', async () => {
  server.mischief.systemError = 2
  await remote()
})

test('a failed job says why; memory is told apart, and gets one more attempt', async () => {
  server.mischief.failWith = '人脸检测失败'
  const failed = { code: 'engine_failed', transient: false, params: { detail: '人脸检测失败' } }
  expect(await failureOf(remote())).toMatchObject(failed)
  server.mischief.failWith = 'CUDA out of memory. Tried to allocate 2.00 GiB'
  expect(await failureOf(remote())).toMatchObject({ code: 'out_of_memory', transient: true, restart: false })
  expect(await failureOf(remote(2))).toMatchObject({ code: 'out_of_memory', transient: false })
})

test('a result that is nowhere is refused, naming the setting', async () => {
  server.mischief.noResult = true
  expect((await failureOf(remote())).message).toMatch(/HEYGEM_SHARE/)
})

test('a result of another length is refused with what was found', async () => {
  server.mischief.result = await resultOf(4)
  expect((await failureOf(render())).message).toMatch(/4\.\d+ s long, and the speech 1\.50 s/)
  expect(await leftovers()).toEqual([])
})

test('a server that goes away is waited for, then is a transient engine_unreachable', async () => {
  await server.goAway()
  setTimeout(() => server.comeBack(), 300)
  await remote()
  await server.goAway()
  expect(await failureOf(remote())).toMatchObject({ code: 'engine_unreachable', transient: true })
  await server.comeBack()
})

test('an abort ends it within a second; what the server still writes is removed later', async () => {
  server.mischief.hang = true
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const rendering = render(abort.signal)
  while (!server.log.includes('query 10000 status 1')) await sleep(10)
  const at = performance.now()
  abort.abort(reason)
  await expect(rendering).rejects.toBe(reason)
  expect(performance.now() - at).toBeLessThan(3000)
  expect(await leftovers()).toEqual([])

  const [abandoned] = (await readdir(join(share, 'greenroom'))).filter((name) => name.endsWith('.abandoned'))
  const late = join(share, 'temp', abandoned.replace('.abandoned', '-r.mp4'))
  await mkdir(join(share, 'temp'), { recursive: true })
  await copyFile(result, late)
  await engine.close()
  await expect(stat(late)).rejects.toThrow(/ENOENT/)
})

test('whether it is ready is said in plain words', async () => {
  const device = parseDevice(`heygem:${server.url}`)
  const check = (env: Record<string, string>, on = device) => checkHeygem(settingsOf(env).heygem, on)
  expect(await check({ HEYGEM_SHARE: share })).toEqual({ ready: true, note: null })
  expect(await check({})).toMatchObject({ ready: false, code: 'share_not_set' })
  expect(await check({ HEYGEM_SHARE: join(share, 'no') })).toMatchObject({
    ready: false,
    code: 'share_missing',
  })
  const nobody = parseDevice('heygem:http://127.0.0.1:9')
  expect(await check({ HEYGEM_SHARE: share }, nobody)).toMatchObject({
    ready: false,
    code: 'server_unreachable',
  })
  expect(await check({ HEYGEM_SHARE: share }, parseDevice('heygem'))).toMatchObject({
    code: 'server_not_set',
  })
  expect(await check({ HEYGEM_SHARE: share }, parseDevice('cpu'))).toMatchObject({
    code: 'device_unsupported',
  })
})
