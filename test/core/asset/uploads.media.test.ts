import { createHash, randomUUID } from 'node:crypto'
import { appendFile, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeAbandonedUploads } from '#core/asset/abandoned'
import { acceptUpload } from '#core/asset/accept'
import { findAsset, listAssets } from '#core/asset/data'
import { uploadLimits } from '#core/asset/limits'
import { createUploadServer, type UploadServer } from '#core/asset/uploads'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { diskStorage } from '#core/storage/disk'
import { type DataLayout, prepareDataDir } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'
import { trashAsset } from '#core/trash/mutations'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'

const ORIGIN = 'http://greenroom.test'
const PATH = '/api/v1/uploads'

let database: TestDatabase
let layout: DataLayout
let storage: Storage
let server: UploadServer
let owner: string

beforeAll(async () => {
  database = await createTestDatabase()
  layout = await prepareDataDir(database.dataDir)
  storage = diskStorage(layout.storage)
})
afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})
beforeEach(async () => {
  server = startServer()
  owner = await createOwner()
})

describe('an upload', () => {
  test('in pieces becomes an asset with thumbnail, true hash and cleaned name', async () => {
    const bytes = await fixture('rotated_metadata_90.mp4')
    const url = await create(owner, bytes.length, {
      kind: 'presenter',
      filename: '../../e\u0000tc/小 clip‮.mp4',
    })
    const first = await patch(owner, url, 0, bytes.subarray(0, 7000))
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '7000'])
    const last = await patch(owner, url, 7000, bytes.subarray(7000))
    expect(last.status).toBe(204)
    expect(last.headers.get('access-control-expose-headers')).toContain('Greenroom-Asset-Id')

    const asset = await findAsset(last.headers.get('greenroom-asset-id')!, owner)
    expect(asset).toMatchObject({
      name: '小 clip.mp4',
      kind: 'presenter',
      sha256: sha256(bytes),
      bytes: bytes.length,
      container: 'mp4',
      durationMs: 2000,
      width: 640,
      height: 360,
      fps: 25,
      hasAudio: false,
      peaks: [],
    })
    expect(await readFile(await storage.localPath(asset!.storageKey))).toEqual(bytes)
    expect(await storage.size(asset!.thumbnailKey!)).toBeGreaterThan(500)
    expect(await readdir(layout.scratch)).toEqual([])
  })

  test('of speech gets 240 peaks and no thumbnail', async () => {
    const { assetId } = await uploadWhole(owner, 'speech', await fixture('audio_8khz_mono.wav'))
    const asset = await findAsset(assetId!, owner)
    expect(asset?.peaks).toHaveLength(240)
    expect(Math.max(...asset!.peaks)).toBeGreaterThan(10)
    expect(asset).toMatchObject({ thumbnailKey: null, hasAudio: true, width: null })
  })

  test('goes on in another server process after an interruption, with the hash of the whole', async () => {
    const bytes = await fixture('vp9.webm')
    const url = await create(owner, bytes.length, { kind: 'presenter' })
    const file = path.join(layout.uploads, url.split('/').at(-1)!)
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(bytes.subarray(0, 5000)),
      pull: async (controller) => {
        await expect.poll(async () => (await stat(file)).size).toBe(5000)
        controller.error(new Error('connection lost'))
      },
    })
    expect((await patch(owner, url, 0, broken)).status).toBe(400)

    server = startServer()
    const head = await send(owner, 'HEAD', url)
    expect([head.headers.get('upload-offset'), head.headers.get('upload-length')]).toEqual([
      '5000',
      `${bytes.length}`,
    ])
    const last = await patch(owner, url, 5000, bytes.subarray(5000))
    const asset = await findAsset(last.headers.get('greenroom-asset-id')!, owner)
    expect(asset?.sha256).toBe(sha256(bytes))
  })

  test('whose last answer was lost tells its asset to the client that comes back', async () => {
    const bytes = await fixture('hevc.mov')
    const url = await create(owner, bytes.length, { kind: 'presenter' })
    const { headers } = await patch(owner, url, 0, bytes)
    server = startServer()
    const head = await send(owner, 'HEAD', url)
    expect(head.headers.get('upload-offset')).toBe(`${bytes.length}`)
    expect(head.headers.get('greenroom-asset-id')).toBe(headers.get('greenroom-asset-id'))
    const again = await patch(owner, url, bytes.length, new Uint8Array(0))
    expect(again.headers.get('greenroom-asset-id')).toBe(headers.get('greenroom-asset-id'))
  })

  test('that fails for a reason of ours answers 500 without details and is finished when asked again', async () => {
    const bytes = await fixture('fps_59_94.mp4')
    const seen: unknown[] = []
    server = startServer({ fail: new Error('the database is away'), onError: (error) => seen.push(error) })
    const url = await create(owner, bytes.length, { kind: 'presenter' })
    const failed = await patch(owner, url, 0, bytes)
    expect([failed.status, await failed.json()]).toEqual([
      500,
      { code: 'internal', message: 'The upload failed on the server.', params: {} },
    ])
    expect(String(seen[0])).toContain('the database is away')

    server = startServer()
    const head = await send(owner, 'HEAD', url)
    expect(await findAsset(head.headers.get('greenroom-asset-id')!, owner)).not.toBeNull()
  })

  test('sent with its creation needs no further request', async () => {
    const bytes = await fixture('audio_silence.mp3')
    const response = await send(owner, 'POST', PATH, {
      body: bytes,
      headers: {
        'Upload-Length': `${bytes.length}`,
        'Upload-Metadata': metadata({ kind: 'speech' }),
        'Content-Type': 'application/offset+octet-stream',
      },
    })
    expect(response.headers.get('greenroom-asset-id')).toBeTruthy()
  })
})

test('whose file got further than its hash, as when a write breaks off, has the hash of the whole', async () => {
  const bytes = await fixture('vp9.webm')
  const url = await create(owner, bytes.length, { kind: 'presenter' })
  await patch(owner, url, 0, bytes.subarray(0, 5000))
  await appendFile(path.join(layout.uploads, url.split('/').at(-1)!), bytes.subarray(5000, 5100))
  expect((await send(owner, 'HEAD', url)).headers.get('upload-offset')).toBe('5100')
  const last = await patch(owner, url, 5100, bytes.subarray(5100))
  const asset = await findAsset(last.headers.get('greenroom-asset-id')!, owner)
  expect(asset?.sha256).toBe(sha256(bytes))
})

test('is judged once when two requests find it complete at the same moment', async () => {
  const bytes = await fixture('vp9.webm')
  server = startServer({ fail: new Error('the database is away') })
  const url = await create(owner, bytes.length, { kind: 'presenter' })
  expect((await patch(owner, url, 0, bytes)).status).toBe(500)
  let judged = 0
  server = startServer({ onJudge: () => judged++ })
  const heads = await Promise.all([1, 2, 3].map(() => send(owner, 'HEAD', url)))
  const ids = new Set(heads.map((head) => head.headers.get('greenroom-asset-id')))
  expect([judged, ids.size, [...ids][0]]).toEqual([1, 1, expect.any(String)])
})

test('whose row can not be written leaves nothing in storage, and its file for another try', async () => {
  const before = await stored()
  const bytes = await fixture('vp9.webm')
  const file = path.join(layout.uploads, randomUUID())
  await writeFile(file, bytes)
  // Its owner does not exist, which the database finds once everything is in storage.
  const upload = { ownerId: randomUUID(), kind: 'presenter' as const, name: 'clip', path: file }
  const accepting = acceptUpload(
    { ...upload, bytes: bytes.length, sha256: sha256(bytes) },
    { dataDir: database.dataDir, storage, limits: uploadLimits({} as NodeJS.ProcessEnv) },
  )
  await expect(accepting).rejects.toMatchObject({ code: 'P2003' })
  expect(await stored()).toEqual(before)
  expect(await readFile(file)).toEqual(bytes)
  await rm(file)
})

test('that finds the disk full says so, and is finished when asked again', async () => {
  const bytes = await fixture('vp9.webm')
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  server = startServer({ fail: noSpace })
  const url = await create(owner, bytes.length, { kind: 'presenter' })
  const full = await patch(owner, url, 0, bytes)
  expect([full.status, (await full.json()).code]).toEqual([507, 'disk_full'])
  server = startServer()
  expect((await send(owner, 'HEAD', url)).headers.get('greenroom-asset-id')).toBeTruthy()
})

describe('a refusal', () => {
  test.each([
    ['hls_playlist_renamed.mp4', 'presenter', 'not_media'],
    ['ten_hours_declared.mp4', 'presenter', 'too_long'],
    ['truncated_no_moov.mp4', 'presenter', 'unreadable'],
    ['audio_is_really_video.mp3', 'speech', 'no_audio_stream'],
    ['audio_is_really_png.wav', 'speech', 'no_audio_stream'],
  ])('of %s as %s answers 422 %s and leaves no file', async (name, kind, code) => {
    const before = await readdir(layout.uploads)
    const { response, assetId } = await uploadWhole(owner, kind, await fixture(name))
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({
      code,
      message: expect.any(String),
      params: expect.any(Object),
    })
    expect(assetId).toBeNull()
    expect(await readdir(layout.uploads)).toEqual(before)
    expect(await listAssets(owner, kind as 'speech')).toEqual({ assets: [], nextCursor: null })
  })

  test('of an empty file comes with its creation', async () => {
    const response = await post(owner, 0, { kind: 'speech' })
    expect([response.status, (await response.json()).code]).toEqual([422, 'empty_file'])
  })

  test.each([[{ kind: 'virus' }], [{ filename: 'x.mp4' }], [{ kind: 'speech', ownerId: randomUUID() }]])(
    'of metadata %j: only a known kind is taken, and never an owner',
    async (fields) => {
      const response = await post(owner, 10, fields)
      if (!('ownerId' in fields))
        expect([response.status, (await response.json()).code]).toEqual([400, 'bad_metadata'])
      else expect((await send(owner, 'HEAD', response.headers.get('location')!)).status).toBe(200)
    },
  )

  test('of too many bytes comes before they are sent, and while they are sent when their number was held back', async () => {
    server = startServer({ maxBytes: 1000 })
    const announced = await post(owner, 1001, { kind: 'speech' })
    expect([announced.status, await announced.json()]).toMatchObject([
      413,
      { code: 'too_large', params: { bytes: 1001, maxBytes: 1000 } },
    ])
    const deferred = await send(owner, 'POST', PATH, {
      headers: { 'Upload-Defer-Length': '1', 'Upload-Metadata': metadata({ kind: 'speech' }) },
    })
    const url = deferred.headers.get('location')!
    const response = await patch(owner, url, 0, endless())
    expect([response.status, (await response.json()).code]).toEqual([413, 'too_large'])
    const head = await send(owner, 'HEAD', url)
    expect(Number(head.headers.get('upload-offset'))).toBeLessThanOrEqual(1000)
  })
})

test('others cannot see, continue or delete an upload, nor find its asset', async () => {
  const stranger = await createOwner()
  const bytes = await fixture('vp9.webm')
  const url = await create(owner, bytes.length, { kind: 'presenter' })
  await patch(owner, url, 0, bytes.subarray(0, 100))
  expect((await send(stranger, 'HEAD', url)).status).toBe(404)
  expect((await patch(stranger, url, 100, bytes.subarray(100))).status).toBe(404)
  expect((await send(stranger, 'DELETE', url)).status).toBe(404)
  expect((await send(owner, 'GET', url)).status).toBe(404)
  expect((await send(owner, 'HEAD', `${PATH}/${randomUUID()}`)).status).toBe(404)
  expect((await send(owner, 'HEAD', `${PATH}/..%2F..%2Fetc%2Fpasswd`)).status).toBe(404)

  const last = await patch(owner, url, 100, bytes.subarray(100))
  const assetId = last.headers.get('greenroom-asset-id')!
  expect((await send(stranger, 'HEAD', url)).status).toBe(404)
  expect(await findAsset(assetId, stranger)).toBeNull()
  expect(await trashAsset(assetId, stranger)).toBe('not_found')
})

test('its owner can take an upload back', async () => {
  const url = await create(owner, 100, { kind: 'presenter' })
  expect((await send(owner, 'DELETE', url)).status).toBe(204)
  expect((await send(owner, 'HEAD', url)).status).toBe(404)
})

test('the same content twice, even at the same moment, is one asset and one stored file', async () => {
  const bytes = await fixture('odd_size_641x361_yuv444.mp4')
  const before = await stored()
  const results = await Promise.all([1, 2, 3, 4].map(() => uploadWhole(owner, 'presenter', bytes)))
  const later = await uploadWhole(owner, 'presenter', bytes)
  const ids = new Set([...results, later].map((result) => result.assetId))
  expect(ids.size).toBe(1)
  expect((await listAssets(owner, 'presenter')).assets).toHaveLength(1)
  expect((await stored()).length).toBe(before.length + 1)
  const stranger = await createOwner()
  expect((await uploadWhole(stranger, 'presenter', bytes)).assetId).not.toBe(later.assetId)
})

test('an asset goes into the trash unless a batch uses it, and comes out of it when it is sent again', async () => {
  const speech = (await uploadWhole(owner, 'speech', await fixture('audio_silence.mp3'))).assetId!
  const presenter = (await uploadWhole(owner, 'presenter', await fixture('hevc.mov'))).assetId!
  await db().batch.create({ data: { ownerId: owner, name: 'news', speechId: speech } })

  expect(await trashAsset(speech, owner)).toBe('in_use')
  expect(await trashAsset(presenter, owner)).toBe('deleted')
  expect(await trashAsset(presenter, owner)).toBe('not_found')
  expect(await findAsset(presenter, owner)).toBeNull()
  expect((await uploadWhole(owner, 'presenter', await fixture('hevc.mov'))).assetId).toBe(presenter)
  expect((await findAsset(presenter, owner))?.id).toBe(presenter)
  expect((await findAsset(speech, owner))?.id).toBe(speech)
})

test('assets are listed newest first, page by page', async () => {
  const names = ['vp9.webm', 'hevc.mov', 'fps_59_94.mp4']
  for (const name of names) await uploadWhole(owner, 'presenter', await fixture(name), name)
  const first = await listAssets(owner, 'presenter', { take: 2 })
  const second = await listAssets(owner, 'presenter', { take: 2, cursor: first.nextCursor })
  expect([...first.assets, ...second.assets].map((asset) => asset.name)).toEqual(names.toReversed())
  expect(second.nextCursor).toBeNull()
})

test('abandoned uploads go, fresh ones and foreign files stay', async () => {
  const old = await create(owner, 100, { kind: 'presenter' })
  const fresh = await create(owner, 100, { kind: 'presenter' })
  const yesterday = new Date(Date.now() - 25 * 3600 * 1000)
  const oldId = old.split('/').at(-1)!
  for (const name of [oldId, `${oldId}.json`])
    await utimes(path.join(layout.uploads, name), yesterday, yesterday)
  await writeFile(path.join(layout.uploads, 'README'), 'not ours')
  await utimes(path.join(layout.uploads, 'README'), yesterday, yesterday)

  expect(await removeAbandonedUploads(database.dataDir)).toBe(1)
  expect((await send(owner, 'HEAD', old)).status).toBe(404)
  expect((await send(owner, 'HEAD', fresh)).status).toBe(200)
  expect(await readdir(layout.uploads)).toContain('README')
})

type ServerChanges = {
  maxBytes?: number
  fail?: Error
  onError?: (error: unknown) => void
  onJudge?: () => void
}

function startServer({ maxBytes, fail, onError, onJudge }: ServerChanges = {}): UploadServer {
  const defaults = uploadLimits({} as NodeJS.ProcessEnv)
  const limits = { ...defaults, maxBytes: maxBytes ?? defaults.maxBytes }
  const { dataDir } = database
  return createUploadServer({
    dataDir,
    path: PATH,
    limits,
    identify: async (request) => ({ userId: request.headers.get('x-test-user')! }),
    onReceived: async (upload) => {
      onJudge?.()
      if (fail) throw fail
      return acceptUpload(upload, { dataDir, storage, limits })
    },
    onError,
  })
}

async function createOwner(): Promise<string> {
  const email = `${randomUUID()}@example.org`
  const user = await db().user.create({ data: { email, name: 'Ada', role: 'member', passwordHash: 'x' } })
  return user.id
}

type Extras = { headers?: Record<string, string>; body?: BodyInit }

function send(user: string, method: string, url: string, { headers, body }: Extras = {}): Promise<Response> {
  const init = {
    method,
    body,
    headers: { 'Tus-Resumable': '1.0.0', 'x-test-user': user, ...headers },
    duplex: 'half',
  }
  return server.handleWeb(new Request(new URL(url, ORIGIN), init as RequestInit))
}

function post(user: string, length: number, fields: Record<string, string>): Promise<Response> {
  const headers = { 'Upload-Length': String(length), 'Upload-Metadata': metadata(fields) }
  return send(user, 'POST', PATH, { headers })
}

async function create(user: string, length: number, fields: Record<string, string>): Promise<string> {
  const response = await post(user, length, fields)
  expect(response.status).toBe(201)
  return response.headers.get('location')!
}

function patch(
  user: string,
  url: string,
  offset: number,
  body: Uint8Array | ReadableStream,
): Promise<Response> {
  const headers = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' }
  return send(user, 'PATCH', url, { headers, body: body as BodyInit })
}

async function uploadWhole(user: string, kind: string, bytes: Buffer, filename = 'clip') {
  const url = await create(user, bytes.length, { kind, filename })
  const response = await patch(user, url, 0, bytes)
  return { response, assetId: response.headers.get('greenroom-asset-id') }
}

function metadata(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(300)) })
}

/** The folders of assets in storage; none before the first. */
const stored = () => readdir(path.join(layout.storage, 'assets')).catch(() => [])
const fixture = (name: string) => readFile(path.resolve('test/fixtures/awkward', name))
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
