import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, Refused, signIn } from '#bin/launcher/api-client'
import type { Band } from '#core/queue/ordering'
import { PASSWORD } from '#test/setup/visitor'
import type { Chance } from '#tools/bench/month/random'
import type { Ledger } from './ledger.ts'
import { ADMIN, MEMBER, type World } from './world.ts'

export interface Customers {
  /** Resolves when nobody asks for anything any more. */
  stop(): Promise<void>
  readonly accepted: number
}

interface Parts {
  world: World
  ledger: Ledger
  random: Chance
}

/** Nobody sends more while so many jobs are open, as far as the ledger knows. */
const ENOUGH = 12
/** Of all jobs, most shall be rendered to the end. */
const CANCELLED_SHARE = 0.1
const UPLOADS = 0.05

/**
 * People who sign in, upload, submit, move and cancel at random moments over HTTP, and write down what was promised
 * before they rely on it. Resolves once the first media are there; the web server has to run.
 */
export async function startCustomers({ world, ledger, random }: Parts): Promise<Customers> {
  const member = await signIn(world.origin, MEMBER, PASSWORD)
  const admin = await signIn(world.origin, ADMIN, PASSWORD)
  const speechId = await member.upload(world.speech, 'speech')
  const presenters = [await member.upload(world.presenter, 'presenter')]
  const open: string[] = []
  let [stopping, accepted, batches, cancels, uploads] = [false, 0, 0, 0, 0]

  const ask = async <T>(what: string, request: Promise<T>): Promise<T | null> => {
    try {
      return await answerOf(request)
    } catch (error) {
      const kind = error instanceof Refused && error.status < 500 ? 'refused' : 'unanswered'
      ledger.write({ kind, what: `${what}: ${(error as Error).message}` })
      await sleep(200)
      return null
    }
  }
  const upload = async () => {
    const { file, bytes } = writeAnother(world, ++uploads)
    const assetId = await ask('upload', member.upload(file, 'presenter'))
    if (!assetId) return
    ledger.write({ kind: 'uploaded', assetId, bytes })
    presenters.push(assetId)
  }
  const submit = async () => {
    const videos = 1 + Math.floor(random.next() * 4)
    const name = `soak ${++batches}`
    const presenterIds = Array.from({ length: videos }, () => random.pick(presenters))
    const band = random.pick(['normal', 'normal', 'low'] as const)
    ledger.write({ kind: 'asked', name, videos })
    const batch = await ask('submit', postBatch(member, { name, speechId, presenterIds, band }))
    if (!batch) return
    const jobIds = batch.jobs.map(({ id }) => id)
    ledger.write({ kind: 'accepted', name, batchId: batch.id, jobIds })
    accepted += jobIds.length
    open.push(...jobIds)
  }
  const cancel = async (jobId: string) => {
    cancels++
    const answer = await ask('cancel', member.post<Outcome>(`/api/v1/jobs/${jobId}/cancel`, {}))
    if (answer) ledger.write({ kind: 'cancel', jobId, ...answer })
  }
  const move = async (jobId: string) => {
    const band: Band | null = random.happens(0.5) ? random.pick(['high', 'normal', 'low'] as const) : null
    const how = band ? { band } : { front: true as const }
    const answer = await ask('move', admin.patch<Outcome>(`/api/v1/jobs/${jobId}`, how))
    if (answer) ledger.write({ kind: 'move', jobId, band, ...answer })
  }
  const live = async () => {
    while (!stopping) {
      await sleep(random.exponential(250))
      const recent = open.slice(-ENOUGH)
      const dice = random.next()
      if (dice < UPLOADS) await upload()
      else if (dice < 0.15 && cancels < accepted * CANCELLED_SHARE) await cancel(random.pick(recent))
      else if (dice < 0.4 && recent.length > 0) await move(random.pick(recent))
      else if ((await world.countOpen()) < ENOUGH) await submit()
    }
  }
  const done = Promise.all([live(), live()])
  return {
    async stop() {
      stopping = true
      await done
    },
    get accepted() {
      return accepted
    },
  }
}

type Outcome = { outcome: string }
type Batch = { id: string; jobs: { id: string }[] }

const postBatch = (member: ApiClient, batch: object) => member.post<Batch>('/api/v1/batches', batch)

const PATIENCE_MS = 30_000

/** The answer to a request; rejects when none comes. */
async function answerOf<T>(request: Promise<T>): Promise<T> {
  const patience = new AbortController()
  try {
    return await Promise.race([request, tooLate(patience.signal)])
  } finally {
    patience.abort()
    // One that comes too late is nobody's.
    request.catch(() => {})
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await sleep(PATIENCE_MS, undefined, { signal })
  throw new Error('no answer')
}

/** Another presenter's video: the same picture in a file that was not uploaded before. */
function writeAnother({ folder, presenter }: World, number: number): { file: string; bytes: number } {
  const file = join(folder, `presenter-${number}.mp4`)
  const box = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('free'), randomBytes(16)])
  const content = Buffer.concat([readFileSync(presenter), box])
  writeFileSync(file, content)
  return { file, bytes: content.length }
}
