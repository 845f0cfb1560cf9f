import { expect, it } from 'vitest'
import { db } from '#core/db'
import { carryOutRemovals, noteRemovals } from '#core/trash/removals'
import { setUpPortal } from '#test/setup/portal'

setUpPortal()

const names = (many: number) => Array.from({ length: many }, (_, index) => `folder${index}`)
const unexpected = (folder: string, error: unknown) => {
  throw new Error(folder, { cause: error })
}

it('whoever is killed in between leaves an entry, and the next one removes it again', async () => {
  await noteRemovals(db(), { jobs: ['a'], assets: ['b'], uploads: ['c'] })
  const killed = carryOutRemovals(async (folder) => {
    if (folder === 'assets/b') await new Promise(() => {})
  }, unexpected)
  void killed.catch(() => {})
  const removed: string[] = []
  await expect
    .poll(async () => {
      // The first one holds all three until its connection goes.
      await db().$executeRaw`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()`
      await carryOutRemovals(async (folder) => void removed.push(folder), unexpected)
      return removed
    })
    .toEqual(['results/a', 'assets/b', 'uploads/c'])
  expect(await db().removal.count()).toBe(0)
})

it('several workers share the work, and each folder is removed by one', async () => {
  await noteRemovals(db(), { assets: names(180) })
  const removed: string[] = []
  const remove = async (folder: string) => {
    removed.push(folder)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const counts = await Promise.all([1, 2, 3].map(() => carryOutRemovals(remove, unexpected)))
  expect(counts.reduce((sum, count) => sum + count)).toBe(180)
  expect(removed.toSorted()).toEqual(
    names(180)
      .map((name) => `assets/${name}`)
      .toSorted(),
  )
})

it('one that fails is tried again later, and holds up no other', async () => {
  await noteRemovals(db(), { assets: ['stuck', ...names(60)] })
  const failed: string[] = []
  const stuck = async (folder: string) => {
    if (folder === 'assets/stuck') throw new Error('busy')
  }
  for (const went of [60, 0])
    expect(await carryOutRemovals(stuck, (folder) => void failed.push(folder))).toBe(went)
  expect(failed).toEqual(['assets/stuck', 'assets/stuck'])
  expect(await db().removal.findMany()).toMatchObject([{ folder: 'assets/stuck', tries: 2 }])
  expect(await carryOutRemovals(async () => {}, unexpected)).toBe(1)
})
