import { randomBytes } from 'node:crypto'
import { createBatch } from '#core/batch/mutations'
import type { BatchRequest } from '#core/batch/schema'
import { db } from '#core/db'
import type { EngineName } from '#core/engine/options'
import { newId } from '#core/ids'
import { type ClaimedJob, claimNext, type RenderedResult } from '#core/render-job/lifecycle'
import type { Asset, RenderJob, User, Worker } from '#prisma/client'
import type { AssetKind, Role } from '#prisma/enums'

/** A user who cannot sign in (no real password hash), which saves the hashing. */
export function createUser(role: Role = 'member', name: string = role): Promise<User> {
  const email = `${name}-${randomBytes(4).toString('hex')}@example.org`
  return db().user.create({ data: { email, name, role, passwordHash: 'none' } })
}

/** Where a session of a test comes from. */
export const BROWSER = { address: '192.0.2.1', browser: 'a test' }

/** An asset row; there is no file behind it. */
export function createAsset(ownerId: string, kind: AssetKind): Promise<Asset> {
  const id = newId()
  return db().asset.create({
    data: {
      id,
      ownerId,
      kind,
      name: `${kind}.mp4`,
      sha256: randomBytes(32).toString('hex'),
      bytes: 1000n,
      container: 'mp4',
      durationMs: 4000,
      hasAudio: kind === 'speech',
      storageKey: `assets/${id}/source.mp4`,
      ...(kind === 'presenter' ? { width: 1280, height: 720, fps: 25 } : {}),
    },
  })
}

/** A batch of `videos` jobs, all of one presenter, through the real createBatch. */
export async function queueJobs(
  owner: User,
  videos: number,
  how: Pick<BatchRequest, 'band' | 'options'> = {},
): Promise<RenderJob[]> {
  const speech = await createAsset(owner.id, 'speech')
  const presenter = await createAsset(owner.id, 'presenter')
  const presenterIds = Array.from({ length: videos }, () => presenter.id)
  const result = await createBatch(owner.id, {
    name: 'Batch',
    speechId: speech.id,
    presenterIds,
    ...how,
  })
  if (result.outcome !== 'created') throw new Error(`createBatch: ${result.outcome}`)
  return result.jobs
}

/** A slot that is ready, with these engines; with all where none are named. */
export function createWorker(device = 'cuda:0', engines: readonly EngineName[] = []): Promise<Worker> {
  const readiness = engines.map((name) => ({ name, version: '1', ready: true, ...NOTHING_TO_SAY }))
  return db().worker.create({
    data: {
      ...{ id: newId(), host: 'test', pid: 1, device, engine: 'fake', engineVersion: '1', state: 'ready' },
      engines: readiness,
    },
  })
}

const NOTHING_TO_SAY = { code: null, params: {}, reason: null, note: null, licence: null }

/** One waiting job, already claimed by a fresh worker. */
export async function claimedJob(
  owner?: User,
): Promise<{ job: RenderJob; claim: ClaimedJob; worker: Worker }> {
  const [job] = await queueJobs(owner ?? (await createUser()), 1)
  const worker = await createWorker()
  const claim = await claimNext(worker.id)
  if (claim?.jobId !== job.id) throw new Error('another job was claimed: the queue was not empty')
  return { job, claim, worker }
}

/** The row as it is now. */
export const reload = (jobId: string): Promise<RenderJob> =>
  db().renderJob.findUniqueOrThrow({ where: { id: jobId } })

/** A result as an engine would report it. */
export const RESULT: RenderedResult = {
  key: 'results/a/video.mp4',
  thumbKey: null,
  // A person's quota has room for thousands of them.
  bytes: 4_000_000,
  frames: 100,
  fps: 25,
  width: 1280,
  height: 720,
  durationMs: 4000,
}
