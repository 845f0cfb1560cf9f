import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { dataLayout } from '#core/storage/layout'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { queueJobs } from '#test/setup/factories'
import { json, type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

const VIDEO = randomBytes(20 * 1024 * 1024)

let database: TestDatabase
let web: Web
let owner: Member
let url: string

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  owner = await signedIn(web.origin)
  url = await finishedVideo()
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

it('plays a whole result, safely and cached for its owner alone', async () => {
  const response = await owner.fetch(url)
  expect(response.status).toBe(200)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'content-length': String(VIDEO.length),
    'content-type': 'video/mp4',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
    'cache-control': expect.stringMatching(/private.*immutable/),
    vary: expect.stringMatching(/cookie/i),
  })
  expect(Buffer.from(await response.arrayBuffer()).equals(VIDEO)).toBe(true)
})

it('answers the part that is asked for', async () => {
  const response = await owner.fetch(url, { headers: { range: 'bytes=1000-1999' } })
  expect(response.status).toBe(206)
  expect(response.headers.get('content-range')).toBe(`bytes 1000-1999/${VIDEO.length}`)
  expect(response.headers.get('content-length')).toBe('1000')
  expect(Buffer.from(await response.arrayBuffer()).equals(VIDEO.subarray(1000, 2000))).toBe(true)
  const outside = await owner.fetch(url, { headers: { range: `bytes=${VIDEO.length}-` } })
  expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${VIDEO.length}`])
})

it('sends nothing to a browser that has it', async () => {
  const etag = (await owner.fetch(url, { method: 'HEAD' })).headers.get('etag') ?? ''
  const response = await owner.fetch(url, { headers: { 'if-none-match': `W/"other", ${etag}` } })
  expect([response.status, await response.text()]).toEqual([304, ''])
})

it('names a download after batch and presenter', async () => {
  const response = await owner.fetch(`${url}?download=1`, { method: 'HEAD' })
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="__ _ Zoe_.mp4"; filename*=UTF-8''${encodeURIComponent('春季 – Zoë.mp4')}`,
  )
})

it('closes the file when the client goes away, and opens none for HEAD', async () => {
  const cookie = [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  for (let client = 0; client < 10; client++) {
    await new Promise<void>((resolve) => {
      const request = http.get(`${web.origin}${url}`, { headers: { cookie } }, (response) => {
        response.once('data', () => {
          request.destroy()
          resolve()
        })
      })
      request.on('error', () => {})
    })
    await owner.fetch(url, { method: 'HEAD' })
  }
  if (process.platform !== 'linux') return
  await expect.poll(openResults, { timeout: 15_000 }).toBe(0)
})

it('is gone once its job is deleted', async () => {
  const video = await finishedVideo()
  const job = video.replace('/result', '')
  expect((await owner.fetch(job, { method: 'DELETE' })).status).toBe(204)
  expect((await owner.fetch(video)).status).toBe(404)
  expect((await owner.fetch(`${job}/resubmit`, json('POST'))).status).toBe(404)
})

/** A job of the owner that has rendered VIDEO; the address of its result. */
async function finishedVideo(): Promise<string> {
  const [job] = await queueJobs(owner.user, 1)
  await db().batch.update({ where: { id: job.batchId }, data: { name: '春季' } })
  await db().asset.update({ where: { id: job.presenterId }, data: { name: 'Zoë.mov' } })
  const resultKey = `results/${job.id}/video.mp4`
  const file = path.join(dataLayout(database.dataDir).storage, resultKey)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, VIDEO)
  const ended = {
    state: 'succeeded',
    finishedAt: new Date(),
    resultKey,
    resultBytes: BigInt(VIDEO.length),
  } as const
  await db().renderJob.update({ where: { id: job.id }, data: ended })
  return `/api/v1/jobs/${job.id}/result`
}

/** Files of the results folder that the web process, or a child of it, has open. */
function openResults(): number {
  const folder = `/proc/${web.process.pid}/fd`
  return readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(path.join(folder, fd)).endsWith('video.mp4')
    } catch {
      return false
    }
  }).length
}
