import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { closeDb, db } from '#core/db'
import { boss, closeBoss } from '#core/queue/boss'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { expectSoundQueue } from './queue-invariants.ts'

/**
 * Gives a test file a portal of its own on a real Postgres: empty before each test, and after each test
 * rows and pg-boss must agree.
 */
export function setUpPortal(): { database: () => TestDatabase } {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await boss()
  })
  beforeEach(emptyPortal)
  afterEach(expectSoundQueue)
  afterAll(async () => {
    await closeBoss()
    await closeDb()
    await database.drop()
  })
  return { database: () => database }
}

/** Removes everybody and everything, and steers the queue as in a new portal; in one statement, as each test begins with it. */
export async function emptyPortal(): Promise<void> {
  await db().$executeRaw`
    DO $$ BEGIN
      DELETE FROM "JobEvent";
      DELETE FROM "RenderJob";
      DELETE FROM "Batch";
      DELETE FROM "Asset";
      DELETE FROM "Invitation";
      TRUNCATE "AuditEntry";
      DELETE FROM "Worker";
      DELETE FROM "RateLimit";
      DELETE FROM "Removal";
      DELETE FROM "User";
      DELETE FROM pgboss.job;
      UPDATE "BandClock" SET "virtualTime" = 0;
      UPDATE "QueueControl" SET policy = 'fifo', "agingMinutes" = 240, "pausedAt" = NULL, "pausedById" = NULL,
        preemption = false, limits = '{}', retention = '{}', "retainedAt" = NULL;
    END $$`
}
