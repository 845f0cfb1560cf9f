import { describe, expect, it } from 'vitest'
import { pauseBatch } from '#core/batch/pause'
import { db } from '#core/db'
import { ENGINE_NAMES, type EngineName } from '#core/engine/options'
import { readSnapshot } from '#core/forecast/forecast-data'
import { newId } from '#core/ids'
import { resubmitJob } from '#core/render-job/actions/resubmit'
import { findJob } from '#core/render-job/data'
import { claimNext, retryLater } from '#core/render-job/lifecycle'
import { drainWorker } from '#core/worker/drain'
import type { User } from '#prisma/client'
import { createUser, createWorker, queueJobs, reload } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

const without = (...has: EngineName[]) => ENGINE_NAMES.filter((name) => !has.includes(name))

async function queueOne(owner: User, engine: EngineName) {
  const [job] = await queueJobs(owner, 1, { options: { engine } })
  return job
}

const positionOf = async (id: string, owner: User) => (await findJob(id, owner))!.position

describe('claimNext', () => {
  it('takes the first job whose engine the slot has, and leaves the others their places', async () => {
    const owner = await createUser()
    const order = ['heygem', 'mouth', 'wav2lip', 'heygem', 'mouth'] as const
    const jobs = []
    for (const engine of order) jobs.push(await queueOne(owner, engine))
    const taken = []
    for (const lacks of [
      without('mouth'),
      without('mouth', 'wav2lip'),
      without('heygem'),
      [],
      without('mouth'),
    ])
      taken.push((await claimNext(newId(), lacks))?.jobId ?? null)
    expect(taken).toEqual([jobs[1].id, jobs[2].id, jobs[0].id, jobs[3].id, jobs[4].id])
    expect(await claimNext(newId())).toBeNull()
  })

  it('keeps a job from slots without its engine also after a retry and a resubmit', async () => {
    const owner = await createUser()
    const job = await queueOne(owner, 'wav2lip')
    const claim = (await claimNext(newId(), without('wav2lip')))!
    await retryLater(claim, 1, { code: 'engine_unreachable', message: 'later' })
    await db().$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE data->>'jobId' = ${job.id}`
    expect(await claimNext(newId(), without('mouth'))).toBeNull()
    const again = (await claimNext(newId(), without('wav2lip')))!
    await retryLater(again, 99, { code: 'engine_unreachable', message: 'enough' })
    expect(await resubmitJob(job.id, owner)).toBe('queued')
    expect(await claimNext(newId(), without('mouth'))).toBeNull()
    expect((await claimNext(newId(), without('wav2lip')))?.jobId).toBe(job.id)
  })
})

it('a position counts those alone that some slot could take in its stead: shown is the turn taken', async () => {
  const owner = await createUser()
  await createWorker('cpu', ['mouth', 'command'])
  await createWorker('heygem', ['heygem'])
  const jobs = []
  for (const engine of ['heygem', 'mouth', 'heygem', 'command', 'heygem', 'mouth', 'command'] as const)
    jobs.push(await queueOne(owner, engine))
  const shown = new Map<string, number>()
  for (const { id } of jobs) shown.set(id, (await positionOf(id, owner))!)
  expect([...shown.values()]).toEqual([1, 1, 2, 2, 3, 3, 4])

  // However the two slots take turns, each takes its own in the order shown.
  const turns = { cpu: 0, heygem: 0 }
  for (const slot of ['heygem', 'cpu', 'cpu', 'heygem', 'cpu', 'heygem', 'cpu'] as const) {
    const claim = await claimNext(newId(), slot === 'cpu' ? without('mouth', 'command') : without('heygem'))
    expect(shown.get(claim!.jobId)).toBe(++turns[slot])
  }
  await expectSoundQueue()
})

it('a job that no slot can take stands in nobody’s way, and has its place in the whole line', async () => {
  const owner = await createUser()
  await createWorker('cpu', ['mouth'])
  const stranded = await queueOne(owner, 'wav2lip')
  const job = await queueOne(owner, 'mouth')
  expect(await positionOf(job.id, owner)).toBe(1)
  expect(await positionOf(stranded.id, owner)).toBe(1)
  await createWorker('cuda:0', ['wav2lip', 'mouth'])
  expect(await positionOf(job.id, owner)).toBe(2)
})

it('stores the engine and the options with the batch; the portal’s default where none is named', async () => {
  const owner = await createUser()
  const options = { engine: 'command', quality: 'high' } as const
  const [chosen] = await queueJobs(owner, 1, { options })
  const [plain] = await queueJobs(owner, 1)
  expect([(await reload(chosen.id)).engine, (await reload(plain.id)).engine]).toEqual(['command', 'mouth'])
  const batch = await db().batch.findUniqueOrThrow({ where: { id: chosen.batchId } })
  expect(batch.options).toMatchObject({ ...options, leadMs: 20 })
})

it('forecasts a job by the slots that have its engine and take jobs', async () => {
  const admin = await createUser('admin')
  const cpu = await createWorker('cpu', ['mouth'])
  const [stranded, job] = [await queueOne(admin, 'wav2lip'), await queueOne(admin, 'mouth')]
  const [held] = await queueJobs(admin, 1)
  await pauseBatch(held.batchId, admin, true)
  const forecastOf = async (id: string) => {
    await readSnapshot({ fresh: true })
    return (await findJob(id, admin))!.forecast
  }
  expect(await forecastOf(stranded.id)).toEqual({ unknown: 'no_worker' })
  expect(await forecastOf(held.id)).toEqual({ unknown: 'paused' })
  const alone = await forecastOf(job.id)
  expect(alone).toHaveProperty('startAt')
  const startsAt = alone && 'startAt' in alone ? alone.startAt.p50.getTime() : 0
  expect(startsAt - Date.now()).toBeLessThan(1000)

  await drainWorker(cpu.id, 'drain', admin.id)
  expect(await forecastOf(job.id)).toEqual({ unknown: 'no_worker' })
  await createWorker('cuda:0', ['wav2lip'])
  expect(await forecastOf(stranded.id)).toHaveProperty('finishAt')
})
