import { db } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import { FIRST_TICKET, TICKET_STEP, toPriority } from '#core/queue/ordering'
import type { User } from '../../prisma/generated/client.ts'
import { createAsset, createUser } from './factories.ts'

/**
 * A line of `count` waiting jobs in band normal under policy fifo, of `users` users in turn, as createBatch
 * would have made it; for measurements. Returns the users.
 */
export async function fillLine(count: number, users = 20): Promise<User[]> {
  const owners: User[] = []
  for (let index = 0; index < users; index++) {
    const owner = await createUser('member', `member-${index}`)
    owners.push(owner)
    const speech = await createAsset(owner.id, 'speech')
    const presenter = await createAsset(owner.id, 'presenter')
    const { id: batchId } = await db().batch.create({
      data: { ownerId: owner.id, name: 'Line', speechId: speech.id },
    })
    const [first, step] = [FIRST_TICKET + index * TICKET_STEP, users * TICKET_STEP]
    await db().$executeRaw`
      INSERT INTO "RenderJob" (id, "batchId", "ownerId", "presenterId", ordinal, band, ticket, priority, "bossJobId", "costSeconds", "queuedAt")
      SELECT gen_random_uuid(), ${batchId}::uuid, ${owner.id}::uuid, ${presenter.id}::uuid, turn, 'normal',
        ${first}::int + turn * ${step}::int, ${toPriority({ band: 'normal', ticket: first })}::int - turn * ${step}::int,
        gen_random_uuid(), 5 + turn % 7, now() - interval '1 day' + (turn * ${users}::int + ${index}::int) * interval '1 ms'
      FROM generate_series(0, ${Math.floor(count / users) - 1}::int) AS turn`
  }
  await db().$executeRaw`
    INSERT INTO pgboss.job (id, name, data, priority, policy, retry_limit, keep_until)
    SELECT "bossJobId", ${RENDER_QUEUE}, jsonb_build_object('jobId', id), priority, 'standard', 0, now() + interval '10 years'
    FROM "RenderJob" WHERE state = 'queued'`
  await db().$executeRaw`SELECT setval('render_ticket', ${FIRST_TICKET + count * TICKET_STEP}, false)`
  await db().$executeRaw`VACUUM ANALYZE "RenderJob"`
  await db().$executeRaw`VACUUM ANALYZE pgboss.job_common`
  return owners
}
