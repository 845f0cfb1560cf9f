import { existsSync, readdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commandLine } from '#bin/process/process-table'
import { closeDb } from '#core/db'
import { closeBoss } from '#core/queue/boss'
import { prepareDataDir } from '#core/storage/layout'
import type { RenderJob, User } from '#prisma/client'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'
import { createUser } from '#test/setup/factories'
import { mustMount, requireMounts, withMounts } from '#test/setup/mounts'
import { logOf } from '#test/setup/observe'
import { emptyPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { makeSmallMedia, type SmallMedia } from '#test/setup/small-media'
import {
  readJob,
  startWorker,
  submitBatch,
  until,
  untilEnded,
  untilRendering,
  type WorkerProcess,
} from '#test/setup/worker'
import { descendantsOf, killAll } from '#tools/soak/processes'

let media: SmallMedia
let database: TestDatabase
let owner: User
const workers: WorkerProcess[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  media = await makeSmallMedia(database.dataDir)
})

beforeEach(async () => {
  await emptyPortal()
  owner = await createUser()
})

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop('SIGKILL')
  await expectSoundQueue()
})

afterAll(async () => {
  await closeBoss()
  await closeDb()
  await database.drop()
})

function start(env: Record<string, string> = {}, wrapper: string[] = []): WorkerProcess {
  const worker = startWorker(env, wrapper)
  workers.push(worker)
  return worker
}

const submit = (): Promise<RenderJob[]> => submitBatch(owner.id, media.speech, [media.talking, media.silent])

/** A job whose files a small disk has room for. */
async function submitSmall(): Promise<RenderJob> {
  const [job] = await submitBatch(owner.id, media.brief, [media.silent])
  return job
}

/** Files below a folder as a process sees it, with the mounts that it made. */
const filesSeenBy = ({ child }: WorkerProcess, folder: string): string[] =>
  readdirSync(`/proc/${child.pid}/root${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

describe('a machine’s faults', { timeout: 180_000 }, () => {
  test('a hung ffmpeg is ended with its render, and the next one is rendered', async () => {
    const [first, second] = await submit()
    const { child } = start({ STALL_SECONDS: '4' })
    await untilRendering(first.id)
    const hung = descendantsOf(child.pid!).filter((pid) => commandLine(pid).includes('ffmpeg'))
    expect(hung).not.toEqual([])
    killAll(hung, 'SIGSTOP')
    await untilEnded([first.id, second.id])
    expect(await readJob(first.id)).toMatchObject({ state: 'failed', errorCode: 'stalled' })
    expect((await readJob(second.id)).state).toBe('succeeded')
    await until(() => !hung.some((pid) => commandLine(pid).includes('ffmpeg')))
  })

  test.each([
    ['ahead', 3_600_000],
    ['back', -3_600_000],
  ])('a clock that jumps %s by an hour again and again changes nothing for a render', async (_, byMs) => {
    const [first, second] = await submit()
    const { child } = start({
      ...{ STALL_SECONDS: '60', CLOCK_JUMP_MS: String(byMs) },
      NODE_OPTIONS: `--import=${join(import.meta.dirname, '../setup/jumping-clock.ts')}`,
    })
    await untilRendering(first.id)
    const jumps = setInterval(() => child.kill('SIGUSR2'), 50)
    const { framesDone } = await readJob(first.id)
    // Its progress goes on to be told, unless its last frame was the one just seen.
    await until(async () => {
      const now = await readJob(first.id)
      return now.framesDone > framesDone || now.state !== 'running'
    })
    await untilEnded([first.id])
    clearInterval(jumps)
    await untilEnded([second.id])
    for (const { id } of [first, second]) {
      expect(await readJob(id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
      expect((await logOf(id)).filter((kind) => kind === 'claimed')).toHaveLength(1)
    }
  })
})

// Where the system lets nobody mount anything, not even for a program of one's own, these fail and say so.
if (mustMount()) {
  describe('a machine’s disk', { timeout: 180_000 }, () => {
    beforeAll(requireMounts)

    test('a full disk fails the job at once; with room again the next one is rendered', async () => {
      const room = join(database.dataDir, 'room')
      const { scratch, checkpoints } = await prepareDataDir(database.dataDir)
      const worker = start(
        {},
        withMounts(`
          mount -t tmpfs -o size=64k tmpfs ${scratch}
          mount -t tmpfs -o size=64k tmpfs ${checkpoints}
          { await_file ${room}; for folder in ${scratch} ${checkpoints}; do mount -o remount,size=64m $folder; done; } &`),
      )
      await worker.ready()
      const first = await submitSmall()
      await untilEnded([first.id])
      expect(await readJob(first.id)).toMatchObject({ state: 'failed', errorCode: 'disk_full', attempt: 1 })
      await until(() => [scratch, checkpoints].every((folder) => filesSeenBy(worker, folder).length === 0))
      writeFileSync(room, '')
      await until(() => statfsSync(`/proc/${worker.child.pid}/root${checkpoints}`).blocks * 4096 > 2 ** 20)
      const second = await submitSmall()
      await untilEnded([second.id])
      expect(await readJob(second.id)).toMatchObject({ state: 'succeeded', attempt: 1 })
    })

    test('while storage is read-only a job is put off, and rendered when it can be written again', async () => {
      const sign = (name: string) => join(database.dataDir, name)
      const { storage } = await prepareDataDir(database.dataDir)
      const remount = (how: 'ro' | 'rw') =>
        `await_file ${sign(how)}; mount -o remount,${how},bind ${storage}; touch ${sign(`is-${how}`)}`
      const worker = start(
        {},
        withMounts(`mount --bind ${storage} ${storage}; { ${remount('ro')}; ${remount('rw')}; } &`),
      )
      const turn = async (how: 'ro' | 'rw') => {
        writeFileSync(sign(how), '')
        await until(() => existsSync(sign(`is-${how}`)))
      }
      await worker.ready()
      await turn('ro')
      const { id } = await submitSmall()
      await until(async () => (await readJob(id)).notBefore !== null)
      expect(await readJob(id)).toMatchObject({ state: 'queued', attempt: 1, errorCode: 'disk_unwritable' })
      await turn('rw')
      await untilEnded([id])
      expect(await readJob(id)).toMatchObject({ state: 'succeeded', attempt: 2 })
    })
  })
}
