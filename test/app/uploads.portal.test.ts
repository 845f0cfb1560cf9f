import { readFile, stat } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { closeDb } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { dataLayout } from '#core/storage/layout'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { json, type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/awkward')
const TUS = { 'tus-resumable': '1.0.0' }
const BYTES = { ...TUS, 'content-type': 'application/offset+octet-stream' }

type AssetAnswer = { id: string; name: string; thumbnail: string; media: string; durationMs: number }

let database: TestDatabase
let web: Web
let owner: Member

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
})

beforeEach(async () => {
  owner = await signedIn(web.origin)
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

describe('uploading by tus', () => {
  it('turns a video sent in three parts, one of them cut off, into an asset', async () => {
    const file = await readFile(path.join(FIXTURES, 'video_without_audio.mp4'))
    const location = await announce('presenter', '主播 Élodie.mp4', file.length)
    const third = Math.floor(file.length / 3)
    const first = await send(location, 0, file.subarray(0, third))
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, String(third)])

    await sendAndHangUp(location, third, file.subarray(third, 2 * third), file.length - third)
    const offset = await arrived(location, third + 1)
    const last = await send(location, offset, file.subarray(offset))
    expect(last.status).toBe(204)
    const id = last.headers.get('greenroom-asset-id')

    const { assets } = (await get('assets?kind=presenter')) as { assets: AssetAnswer[] }
    expect(assets).toMatchObject([{ id, name: '主播 Élodie.mp4', bytes: file.length, container: 'mp4' }])
    const picture = await owner.fetch(assets[0].thumbnail)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    const media = await owner.fetch(assets[0].media)
    expect(Buffer.from(await media.arrayBuffer()).equals(file)).toBe(true)
  })

  it('turns a sound into a speech that a batch can use, and keeps it as long as one does', async () => {
    const speech = await upload('speech', 'audio_8khz_mono.wav')
    const presenter = await upload('presenter', 'fps_59_94.mp4')
    const asked = { name: 'Spring', speechId: speech, presenterIds: [presenter, presenter] }
    const created = await owner.fetch('/api/v1/batches', json('POST', asked))
    const batch = (await created.json()) as { id: string; jobs: object[] }
    expect(created.status).toBe(201)
    expect(batch.jobs).toMatchObject([
      { ordinal: 0, presenterId: presenter, state: 'queued', position: 1 },
      { ordinal: 1, presenterId: presenter, state: 'queued', position: 2 },
    ])
    const kept = await owner.fetch(`/api/v1/assets/${speech}`, { method: 'DELETE' })
    expect([kept.status, await kept.json()]).toMatchObject([409, { code: 'in_use' }])
    const spare = await upload('presenter', 'vp9.webm')
    expect((await owner.fetch(`/api/v1/assets/${spare}`, { method: 'DELETE' })).status).toBe(204)
    expect((await owner.fetch(`/api/v1/assets/${spare}`)).status).toBe(404)
  })

  it('takes nothing at an offset other than where the upload stands', async () => {
    const location = await announce('speech', 'x.wav', 10)
    const bytes = Buffer.from('12345')
    for (const offset of [1, 10]) expect((await send(location, offset, bytes)).status).toBe(409)
    expect((await send(location, 0, bytes)).headers.get('upload-offset')).toBe('5')
    for (const offset of [0, 4, 6]) expect((await send(location, offset, bytes)).status).toBe(409)
    expect(await arrived(location, 5)).toBe(5)
  })

  it('says in JSON why a file is refused', async () => {
    const file = await readFile(path.join(FIXTURES, 'hls_playlist_renamed.mp4'))
    const location = await announce('presenter', 'x.mp4', file.length)
    const response = await send(location, 0, file)
    expect([response.status, await response.json()]).toMatchObject([
      422,
      { code: 'not_media', params: { found: 'playlist' } },
    ])
  })

  it('hides an upload that is under way from everybody else', async () => {
    const location = await announce('speech', 'x.wav', 10)
    const stranger = await signedIn(web.origin, 'admin')
    const seen = await stranger.fetch(location, { method: 'HEAD', headers: TUS })
    expect(seen.status).toBe(404)
    const headers = { ...BYTES, 'upload-offset': '0' }
    expect((await stranger.fetch(location, { method: 'PATCH', headers, body: 'x' })).status).toBe(404)
  })
})

const get = async (route: string) => (await owner.fetch(`/api/v1/${route}`)).json()

async function upload(kind: string, name: string): Promise<string | null> {
  const file = await readFile(path.join(FIXTURES, name))
  const response = await send(await announce(kind, name, file.length), 0, file)
  return response.headers.get('greenroom-asset-id')
}

async function announce(kind: string, name: string, length: number): Promise<string> {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  const metadata = `kind ${encode(kind)},filename ${encode(name)}`
  const headers = { ...TUS, 'upload-length': String(length), 'upload-metadata': metadata }
  const response = await owner.fetch('/api/v1/uploads', { method: 'POST', headers })
  expect(response.status).toBe(201)
  return response.headers.get('location') ?? ''
}

function send(location: string, offset: number, part: Buffer): Promise<Response> {
  const headers = { ...BYTES, 'upload-offset': String(offset) }
  return owner.fetch(location, { method: 'PATCH', headers, body: new Uint8Array(part) })
}

/** Promises `length` bytes, sends these, and breaks the connection once more than `offset` bytes are on the disk. */
async function sendAndHangUp(location: string, offset: number, part: Buffer, length: number): Promise<void> {
  const cookie = [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...BYTES, cookie, 'upload-offset': offset, 'content-length': length }
  const request = http.request(`${web.origin}${location}`, { method: 'PATCH', headers })
  request.on('error', () => {})
  request.write(part)
  const file = path.join(dataLayout(database.dataDir).uploads, location.split('/').at(-1) ?? '')
  await expect.poll(async () => (await stat(file)).size, { timeout: 15_000 }).toBeGreaterThan(offset)
  request.destroy()
}

/** The offset that the server tells, once it is at least this. */
async function arrived(location: string, atLeast: number): Promise<number> {
  let offset = 0
  const read = async () => {
    const response = await owner.fetch(location, { method: 'HEAD', headers: TUS })
    offset = response.ok ? Number(response.headers.get('upload-offset')) : 0
    return offset
  }
  await expect.poll(read, { timeout: 15_000 }).toBeGreaterThanOrEqual(atLeast)
  return offset
}
