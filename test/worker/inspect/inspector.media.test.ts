import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findAsset } from '#core/asset/data'
import { closeDb, db } from '#core/db'
import { probeMedia } from '#core/media/probe'
import { closeBoss } from '#core/queue/boss'
import { diskStorage } from '#core/storage/disk'
import { dataLayout } from '#core/storage/layout'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { ffmpeg } from '#test/setup/ffmpeg'
import { awkward, importAsset, sample, startInspector, until } from '#test/setup/worker'

let database: TestDatabase
let owner: string
let inspector: ChildProcess | null = null

beforeAll(async () => {
  database = await createTestDatabase()
  owner = (await createUser()).id
})
afterEach(async () => {
  await stop('SIGKILL')
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

function start(): void {
  inspector = startInspector()
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (!inspector || inspector.exitCode !== null || inspector.signalCode !== null) return
  const gone = once(inspector, 'exit')
  inspector.kill(signal)
  await gone
}

const storage = () => diskStorage(dataLayout(database.dataDir).storage)
const read = async (id: string) => (await findAsset(id, owner))!
const inspected = (id: string) => until(async () => (await read(id)).state !== 'inspecting', 120_000)
const left = async () => {
  const [{ n }] = await db().$queryRaw<{ n: bigint }[]>`
    SELECT count(*) AS n FROM pgboss.job WHERE name IN ('inspection', 'preview') AND state < 'completed'`
  return Number(n)
}

test('files are looked into by a process of their own: what is wrong is known, and every browser plays them', {
  timeout: 180_000,
}, async () => {
  const two = join(database.dataDir, 'two.mp4')
  const half = (n: number) => `[${n}:v]crop=ih*8/9:ih,scale=320:360,setsar=1[half${n}]`
  const people = ['presenter_elena_1280x720.mp4', 'presenter_mei_1280x720_talking_silent.mp4']
  await ffmpeg(
    ...people.flatMap((name) => ['-t', '1', '-i', sample(name)]),
    ...['-filter_complex', `${half(0)};${half(1)};[half0][half1]hstack`, two],
  )
  const turned = join(database.dataDir, 'turned.wav')
  const flip = ['-af', 'pan=stereo|c0=c0|c1=-1*c0']
  await ffmpeg('-i', sample('speech_en_short.mp3'), '-t', '2', ...flip, turned)
  const files: ['speech' | 'presenter', string, string[], boolean][] = [
    ['presenter', awkward('no_face_colour_bars.mp4'), ['no_face'], false],
    ['presenter', awkward('face_leaves_frame.mp4'), ['seldom_face'], false],
    ['presenter', awkward('hevc.mov'), [], true],
    ['presenter', resolve('test/fixtures/phone/photo.jpg'), ['small_face'], false],
    ['presenter', two, ['people'], false],
    ['speech', awkward('audio_silence.mp3'), ['silent'], false],
    ['speech', turned, ['turned_side'], true],
  ]
  const ids: string[] = []
  for (const [kind, file] of files) ids.push(await importAsset(owner, kind, file))
  expect((await read(ids[0])).state).toBe('inspecting')
  start()
  for (const [n, [kind, , codes, hasPreview]] of files.entries()) {
    await inspected(ids[n])
    const asset = await read(ids[n])
    expect(asset.findings.warnings.map(({ code }) => code)).toEqual(codes)
    const serious = codes.filter((code) => code !== 'turned_side')
    expect(asset.state).toBe(serious.length > 0 ? 'ready_with_warnings' : 'ready')
    if (kind === 'presenter') expect(asset.thumbnailKey).toMatch(/thumbnail\.jpg$/)
    await until(async () => ((await read(ids[n])).previewKey !== null) === hasPreview, 120_000)
  }
  await until(async () => (await left()) === 0, 120_000)
  const hevc = await read(ids[2])
  expect((await probeMedia(await storage().localPath(hevc.previewKey!))).video).toMatchObject({
    codec: 'h264',
    pixelFormat: 'yuv420p',
  })
  expect(await storage().size(hevc.spriteKey!)).toBeGreaterThan(500)
  const heard = await read(ids[6])
  expect(Math.max(...heard.peaks)).toBeGreaterThan(10)
  expect((await probeMedia(await storage().localPath(heard.previewKey!))).audio?.codec).toBe('aac')
})

test('what a process did not live to look into is looked into by the next; a deleted file leaves nothing', {
  timeout: 180_000,
}, async () => {
  const first = await importAsset(owner, 'presenter', awkward('fps_59_94.mp4'))
  const gone = await importAsset(owner, 'presenter', awkward('video_without_audio.mp4'))
  await db().asset.delete({ where: { id: gone } })
  start()
  await until(() => inspector?.connected === true)
  await stop('SIGTERM')
  start()
  await inspected(first)
  await until(async () => (await left()) === 0, 120_000)
  expect(await storage().exists(`assets/${gone}/sprite.jpg`)).toBe(false)
})
