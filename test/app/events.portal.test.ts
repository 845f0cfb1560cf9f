import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect, disconnectAll } from '#app/_events/hub'
import { closeDb, db } from '#core/db'
import { announce, type QueueEvent } from '#core/events/events'
import { newId } from '#core/ids'
import { closeBoss } from '#core/queue/boss'
import { findSession, findSessionById, startSession } from '#core/user/sessions'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { BROWSER } from '#test/setup/factories'
import { type Member, signedIn } from '#test/setup/visitor'
import { startWeb, type Web } from '#test/setup/web'

type Heard = { event: string; data: { kind?: string; [key: string]: unknown } }
type Stream = {
  heard: Heard[]
  text: () => string
  closed: () => boolean
  close: () => void
  headers: Headers
}

let database: TestDatabase
let web: Web
let owner: Member
let stranger: Member
let admin: Member
const open: Stream[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  web = await startWeb(database)
  owner = await signedIn(web.origin)
  stranger = await signedIn(web.origin)
  admin = await signedIn(web.origin, 'admin')
})

afterEach(() => {
  for (const stream of open.splice(0)) stream.close()
})

afterAll(async () => {
  await web?.stop()
  await closeBoss()
  await closeDb()
  await database?.drop()
})

describe('what a page hears', () => {
  it('is greeted, uncompressed and unbuffered', async () => {
    const stream = await listen(owner)
    expect(stream.headers.get('content-type')).toMatch('text/event-stream')
    expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(stream.headers.get('x-accel-buffering')).toBe('no')
    expect(stream.headers.get('content-encoding')).toBeNull()
    expect(stream.text()).toMatch(/^retry: 1000\nevent: hello\n/)
  })

  it('is everything for the owner and for an admin, and no ids for others', async () => {
    const [mine, theirs, all] = [await listen(owner), await listen(stranger), await listen(admin)]
    const ids = { ownerId: owner.user.id, batchId: newId(), jobId: newId() }
    const running = { device: 'cuda:0', stage: 'render', fraction: 0.5, framesDone: 50, frames: 100, fps: 41 }
    await tell({ kind: 'changed', ...ids }, { kind: 'progress', ...ids, ...running })
    await tell({ kind: 'log', ownerId: ids.ownerId, jobId: ids.jobId }, { kind: 'cancel', jobId: ids.jobId })
    await tell({ kind: 'user', userId: owner.user.id }, { kind: 'control' })
    await Promise.all([mine, theirs, all].map((stream) => until(stream, 'control')))

    const { ownerId: _, ...known } = ids
    const everything = [
      { kind: 'changed', ...known },
      { kind: 'progress', ...known, ...running },
      { kind: 'log', jobId: ids.jobId },
      { kind: 'user', userId: owner.user.id },
      { kind: 'control' },
    ]
    expect(messages(mine)).toEqual(everything)
    expect(messages(all)).toEqual(everything)
    const stage = { kind: 'teamProgress', device: 'cuda:0', stage: 'render', fraction: 0.5, fps: 41 }
    expect(messages(theirs)).toEqual([{ kind: 'changed' }, stage, { kind: 'control' }])
    for (const id of [ids.batchId, ids.jobId, ids.ownerId]) expect(theirs.text()).not.toContain(id)
  })

  it('is less than what happens while much does, and ends with the newest', async () => {
    const stream = await listen(owner)
    const ids = { ownerId: owner.user.id, batchId: newId(), jobId: newId() }
    const running = { device: 'cpu', stage: 'render', frames: 100, fps: 10 }
    for (let frame = 1; frame <= 100; frame++)
      await tell(
        { kind: 'changed', ...ids },
        { kind: 'progress', ...ids, ...running, fraction: frame / 100, framesDone: frame },
      )
    await tell({ kind: 'control' })
    await until(stream, 'control')
    const progress = stream.heard.filter(({ data }) => data.kind === 'progress')
    const changed = stream.heard.filter(({ data }) => data.kind === 'changed')
    expect(progress.at(-1)?.data.framesDone).toBe(100)
    for (const kind of [progress, changed]) expect(kind.length).toBeLessThan(100)
  })

  it('is a resync after the database connection was lost', async () => {
    const stream = await listen(owner)
    await db().$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'greenroom-listen' AND datname = current_database()`
    await expect.poll(() => stream.heard.map(({ event }) => event), PATIENCE).toContain('resync')
    await tell({ kind: 'control' })
    await until(stream, 'control')
  })
})

describe('many pages', () => {
  it('share one database connection, and a user keeps the newest 20', async () => {
    const who = await signedIn(web.origin)
    const streams: Stream[] = []
    for (let page = 0; page < 22; page++) streams.push(await listen(who))
    await expect.poll(() => streams.filter((stream) => stream.closed()).length, PATIENCE).toBe(2)
    expect(streams[0].closed() && streams[1].closed()).toBe(true)
    expect(streams[0].text()).toContain('retry: 60000')
    expect(await listeners()).toBe(1)
  })

  it('leave the connection to the pages that come after them', async () => {
    const inWeb = await listeners()
    const viewer = (await findSession((await startSession(owner.user, BROWSER))!))!
    const leave = new AbortController()
    await connect(viewer, leave.signal)
    expect(await listeners()).toBe(inWeb + 1)
    leave.abort()
    const stay = new AbortController()
    const stream = await connect(viewer, stay.signal)
    expect(await listeners()).toBe(inWeb + 1)
    await tell({ kind: 'control' })
    let text = ''
    for await (const chunk of stream) {
      text += new TextDecoder().decode(chunk)
      if (text.includes('control')) break
    }
    await disconnectAll()
    await expect.poll(listeners, PATIENCE).toBe(inWeb)
  })
})

it('ends with its session, when nobody ended that', async () => {
  const token = (await startSession(owner.user, BROWSER))!
  const { sessionId: id } = (await findSession(token))!
  const soon = new Date(Date.now() - 12 * 3_600_000 + 3000)
  await db().session.update({ where: { id }, data: { lastSeenAt: soon } })
  const viewer = (await findSessionById(id))!
  for await (const _ of await connect(viewer, new AbortController().signal)) void _
  await disconnectAll()
})

it('does not hold up the end of the web process', async () => {
  const other = await startWeb(database)
  const who = await signedIn(other.origin)
  await listen(who)
  await other.stop()
  // A process that does not end by itself is killed.
  expect(other.process.signalCode).not.toBe('SIGKILL')
})

/** How long to wait for what should come at once, on a machine that is busy with something else. */
const PATIENCE = { timeout: 15_000 }

const messages = (stream: Stream) =>
  stream.heard.filter(({ event }) => event === 'message').map(({ data }) => data)

async function tell(...events: QueueEvent[]): Promise<void> {
  await db().$transaction(async (tx) => {
    for (const event of events) await announce(tx, event)
  })
}

const until = (stream: Stream, kind: string) =>
  expect.poll(() => messages(stream).map((message) => message.kind), PATIENCE).toContain(kind)

async function listeners(): Promise<number> {
  const rows = await db().$queryRaw<unknown[]>`
    SELECT 1 FROM pg_stat_activity WHERE application_name = 'greenroom-listen' AND datname = current_database()`
  return rows.length
}

/** Opens the event stream as a browser would and waits for its greeting. */
async function listen(who: Member): Promise<Stream> {
  const stop = new AbortController()
  const response = await who.fetch('/api/v1/events', { signal: stop.signal })
  expect(response.status).toBe(200)
  let text = ''
  let closed = false
  const heard: Heard[] = []
  const read = async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk)
      const blocks = (rest + decoder.decode(chunk)).split('\n\n')
      rest = blocks.pop() ?? ''
      heard.push(...blocks.flatMap(parse))
    }
  }
  read()
    .catch(() => {})
    .finally(() => {
      closed = true
    })
  const stream = {
    heard,
    text: () => text,
    closed: () => closed,
    close: () => stop.abort(),
    headers: response.headers,
  }
  open.push(stream)
  await expect.poll(() => heard.map(({ event }) => event), PATIENCE).toContain('hello')
  return stream
}

function parse(block: string): Heard[] {
  const data = /^data: (.*)$/m.exec(block)?.[1]
  const event = /^event: (.*)$/m.exec(block)?.[1] ?? 'message'
  return data ? [{ event, data: JSON.parse(data) }] : []
}
