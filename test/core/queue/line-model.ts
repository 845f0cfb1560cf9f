import { expect } from 'vitest'
import { createBatch } from '#core/batch/mutations'
import { db } from '#core/db'
import { newId } from '#core/ids'
import type { Band } from '#core/queue/ordering'
import { setPolicy } from '#core/queue/policy'
import { jobsAheadOfEach } from '#core/queue/position'
import { cancelJob } from '#core/render-job/actions/cancel'
import { type Move, moveJob } from '#core/render-job/actions/move'
import { promoteAged } from '#core/render-job/actions/promote'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import {
  type ClaimedJob,
  claimNext,
  confirmCancelled,
  fail,
  recoverLost,
  release,
  retryLater,
  succeed,
} from '#core/render-job/lifecycle'
import { setWeight } from '#core/user/weight'
import type { Asset, RenderJob, User } from '#prisma/client'
import type { QueuePolicy } from '#prisma/enums'
import { createAsset, createUser, RESULT, reload } from '#test/setup/factories'
import { PRESENTERS, type Step, USERS } from './scenario.ts'

const FAILURE = { code: 'engine_failed', message: 'x' } as const

/** Who takes part in all scenarios of a file. */
export interface Cast {
  admin: User
  users: { user: User; speech: Asset; presenters: Asset[] }[]
}

export async function createCast(): Promise<Cast> {
  const users = []
  for (let index = 0; index < USERS; index++) {
    const user = await createUser()
    const presenters = []
    for (let n = 0; n < PRESENTERS; n++) {
      const { id } = await createAsset(user.id, 'presenter')
      presenters.push(await db().asset.update({ where: { id }, data: { width: 640 * (n + 1) } }))
    }
    users.push({ user, speech: await createAsset(user.id, 'speech'), presenters })
  }
  return { admin: await createUser('admin'), users }
}

/** Removes all jobs and steers the queue as asked; the cast stays. */
export async function emptyLine(policy: QueuePolicy): Promise<void> {
  await db().$transaction([
    ...['JobEvent', 'RenderJob', 'Batch', 'UserClock'].map((table) =>
      db().$executeRawUnsafe(`DELETE FROM "${table}"`),
    ),
    db().$executeRaw`TRUNCATE "AuditEntry"`,
    db().$executeRaw`DELETE FROM pgboss.job`,
    db().$executeRaw`UPDATE "BandClock" SET "virtualTime" = 0`,
    db().$executeRaw`UPDATE "User" SET weight = 1`,
    db().$executeRaw`UPDATE "QueueControl" SET policy = ${policy}::"QueuePolicy", "agingMinutes" = 240`,
  ])
}

export interface Shown {
  id: string
  ownerId: string
  band: Band
}

/** The line as pages show it: its order, and everybody's position. */
export async function shownLine(): Promise<Shown[]> {
  const waiting = await db().renderJob.findMany({
    where: { state: 'queued' },
    orderBy: { priority: 'desc' },
    select: { id: true, ownerId: true, band: true, priority: true },
  })
  const ahead = await jobsAheadOfEach(waiting.map((job) => job.priority))
  const positions = waiting.map((job) => ahead.get(job.priority)! + 1)
  expect(positions).toEqual(waiting.map((_job, index) => index + 1))
  return waiting
}

/** What a step did, for those who watch. */
export interface Effect {
  before: Shown[]
  after: Shown[]
  /** The job that was claimed, ended, put back, moved or cancelled. */
  job?: RenderJob
  moved?: Move
  policy?: QueuePolicy
}

/** Plays a scenario on the real queue, one step after the other. */
export class Player {
  readonly cast: Cast
  readonly running = new Map<string, ClaimedJob>()
  readonly ended: string[] = []
  private line: Shown[] | null = null
  /** Slots that claim; and whether renders take exactly as long as predicted. */
  readonly slots: number
  readonly exact: boolean

  constructor(cast: Cast, { slots, exact }: { slots: number; exact: boolean }) {
    this.cast = cast
    this.slots = slots
    this.exact = exact
  }

  async take(step: Step): Promise<Effect | null> {
    const before = this.line ?? (await shownLine())
    const effect = await this.act(step, before)
    if (!effect) return null
    this.line = await shownLine()
    return { before, after: this.line, ...effect }
  }

  private async act(step: Step, line: Shown[]): Promise<Partial<Effect> | null> {
    const waiting = 'pick' in step && line.length > 0 ? line[step.pick % line.length].id : null
    switch (step.kind) {
      case 'send':
        return this.send(step)
      case 'claim':
        return this.claim(line)
      case 'front':
        return waiting ? this.move(waiting, { front: true }) : null
      case 'before':
      case 'after': {
        if (!waiting) return null
        const other = line[step.other % line.length].id
        return this.move(waiting, step.kind === 'before' ? { before: other } : { after: other })
      }
      case 'band':
        return waiting ? this.move(waiting, { band: step.band }) : null
      case 'age':
        return waiting ? this.age(waiting) : null
      case 'cancel': {
        if (!waiting) return null
        expect(await cancelJob(waiting, this.cast.admin)).toBe('cancelled')
        this.ended.push(waiting)
        return { job: await reload(waiting) }
      }
      case 'resubmit': {
        if (this.ended.length === 0) return null
        const [id] = this.ended.splice(step.pick % this.ended.length, 1)
        expect(await resubmitJob(id, this.cast.admin, step.band ?? undefined)).toBe('queued')
        return {}
      }
      case 'policy':
        await setPolicy(step.policy, this.cast.admin.id)
        return { policy: step.policy }
      case 'weight':
        await setWeight(this.cast.users[step.user].user.id, step.weight, this.cast.admin.id)
        return {}
      default:
        return this.endTurn(step)
    }
  }

  private async send({ user, presenters, band }: Step & { kind: 'send' }): Promise<Partial<Effect>> {
    const { user: owner, speech, presenters: own } = this.cast.users[user]
    const presenterIds = presenters.map((index) => own[index].id)
    const sent = await createBatch(owner.id, { name: 'Batch', speechId: speech.id, presenterIds, band })
    expect(sent.outcome).toBe('created')
    return {}
  }

  private async claim(line: Shown[]): Promise<Partial<Effect> | null> {
    if (this.running.size >= this.slots) return null
    const claim = await claimNext(newId())
    expect(claim?.jobId, 'the head of the line that is shown').toBe(line[0]?.id)
    if (!claim) return null
    this.running.set(claim.jobId, claim)
    return { job: await reload(claim.jobId) }
  }

  private async move(id: string, move: Move): Promise<Partial<Effect>> {
    expect(['moved', 'unchanged']).toContain(await moveJob(id, this.cast.admin, move, 'because'))
    return { job: await reload(id), moved: move }
  }

  private async age(id: string): Promise<Partial<Effect>> {
    const job = await reload(id)
    const since = new Date(Date.now() - 5 * 3600_000)
    await db().renderJob.update({ where: { id }, data: { bandSince: since } })
    expect(await promoteAged()).toBe(job.band === 'urgent' ? 0 : 1)
    return {}
  }

  /** How a running job's turn ends, after as many seconds as the step says or the prediction. */
  private async endTurn(step: Step & { seconds: number; pick: number }): Promise<Partial<Effect> | null> {
    const ids = [...this.running.keys()]
    if (ids.length === 0) return null
    const id = ids[step.pick % ids.length]
    const claim = this.running.get(id)!
    this.running.delete(id)
    const comesBack = step.kind === 'retry' || step.kind === 'release' || step.kind === 'lose'
    const { costSeconds, renderSeconds } = await reload(id)
    const seconds = comesBack ? 0 : this.exact ? costSeconds - (renderSeconds ?? 0) : step.seconds
    // In the future, so that the turn takes none where it shall take none.
    const startedAt = new Date(Date.now() + (seconds === 0 ? 60_000 : -seconds * 1000))
    await db().renderJob.update({ where: { id }, data: { startedAt } })
    switch (step.kind) {
      case 'succeed':
        expect(await succeed(claim, RESULT)).toBe(true)
        break
      case 'fail':
        expect(await fail(claim, FAILURE)).toBe(true)
        break
      case 'stop':
        expect(await cancelJob(id, this.cast.admin)).toBe('cancelling')
        expect(await confirmCancelled(claim)).toBe(true)
        break
      case 'retry':
        expect(await retryLater(claim, 1, FAILURE)).toBe(true)
        await this.endBackoff(id)
        break
      case 'release':
        expect(await release(claim, 'preempted')).toBe(true)
        break
      case 'lose':
        expect(await recoverLost({ workerIds: [claim.workerId!] })).toHaveLength(1)
        break
    }
    const job = await reload(id)
    if (job.state === 'failed' || job.state === 'cancelled') this.ended.push(id)
    return { job }
  }

  /** The backoff of a retry is over at once, so that all that waits may be claimed. */
  private async endBackoff(id: string): Promise<void> {
    const { bossJobId } = await db().renderJob.update({ where: { id }, data: { notBefore: null } })
    await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE id = ${bossJobId}::uuid`
  }
}
