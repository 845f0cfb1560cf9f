import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDb, db } from '#core/db'
import { createTestDatabase, type TestDatabase } from '#test/setup/database'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(async () => {
  await closeDb()
  await database.drop()
})

it('a transaction whose machine is gone keeps its locks for half a minute', async () => {
  const setting = await db().$queryRaw`SHOW idle_in_transaction_session_timeout`
  expect(setting).toEqual([{ idle_in_transaction_session_timeout: '30s' }])
})
