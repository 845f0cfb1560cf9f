import { expect, it } from 'vitest'
import { db } from '#core/db'
import { cancelJob } from '#core/render-job/actions/cancel'
import { claimNext } from '#core/render-job/lifecycle'
import { listSlots } from '#core/worker/slots'
import { createUser, createWorker, queueJobs } from '#test/setup/factories'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

it('lists slots by machine and device, each with what it renders', async () => {
  const owner = await createUser('member', 'Olga')
  const slots = [await createWorker('cuda:0'), await createWorker('cuda:1'), await createWorker('cpu')]
  const hosts = ['b', 'a', 'b']
  for (const [index, { id }] of slots.entries())
    await db().worker.update({ where: { id }, data: { host: hosts[index] } })
  const [job] = await queueJobs(owner, 2)
  await claimNext(slots[0].id)
  await cancelJob(job.id, owner)
  const seen = await listSlots()
  expect(seen.map(({ host, device }) => `${host} ${device}`)).toEqual(['a cuda:1', 'b cpu', 'b cuda:0'])
  expect(seen[2].currentJob).toMatchObject({ id: job.id, ownerName: 'Olga', cancelling: true })
  expect([seen[0].currentJob, seen[1].currentJob]).toEqual([null, null])
})
