import { setTimeout as sleep } from 'node:timers/promises'
import { db } from '#core/db'
import { RENDER_QUEUE } from '#core/queue/boss'
import { FIRST_TICKET, TICKET_STEP, toPriority } from '#core/queue/ordering'
import type { User } from '#prisma/client'
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
  await vacuum()
  return owners
}

/**
 * Leaves the line as autovacuum would, so that an index alone can answer. Indexes are cleaned whatever it costs: where few
 * rows are dead, a vacuum would leave them to the next one, and their pages not all visible. Again while somebody's
 * snapshot keeps it from that.
 */
export async function vacuum(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    await db().$executeRaw`VACUUM (ANALYZE, INDEX_CLEANUP ON) "RenderJob"`
    await db().$executeRaw`VACUUM (ANALYZE, INDEX_CLEANUP ON) pgboss.job_common`
    const [{ clean }] = await db().$queryRaw<{ clean: boolean }[]>`
      SELECT bool_and(relallvisible = relpages) AS clean FROM pg_class
      WHERE oid IN ('"RenderJob"'::regclass, 'pgboss.job_common'::regclass)`
    if (clean) return
    await sleep(100)
  }
  throw new Error('a snapshot keeps the line from being vacuumed')
}
