import type { Tx } from '#core/db'
import { db, transact } from '#core/db'
import { Prisma } from '#prisma/client'

/*
 * Files that nothing needs any more. What deletes rows writes here, in the same transaction, which folders go; a worker
 * removes them and then forgets them. Whoever is killed in between leaves an entry, and the next one does it again.
 */

const AT_ONCE = 50

/** Notes, in the transaction that deletes their rows, that the files of these things go. */
export async function noteRemovals(
  tx: Tx,
  of: { jobs?: string[]; assets?: string[]; uploads?: string[] },
): Promise<void> {
  const folders = [
    ...(of.jobs ?? []).map((id) => `results/${id}`),
    ...(of.assets ?? []).map((id) => `assets/${id}`),
    ...(of.uploads ?? []).map((id) => `uploads/${id}`),
  ]
  if (folders.length > 0) await tx.removal.createMany({ data: folders.map((folder) => ({ folder })) })
}

/**
 * Removes what is noted, by `remove`, some at a time until nothing is left that it had not tried. Several workers share
 * the work. What fails stays noted and comes last the next time; `onError` is told. Returns how many folders went.
 */
export async function carryOutRemovals(
  remove: (folder: string) => Promise<void>,
  onError: (folder: string, error: unknown) => void,
): Promise<number> {
  let went = 0
  let { tries } = (await db().removal.findFirst({ orderBy: { tries: 'desc' } })) ?? { tries: 0 }
  tries += 1
  for (;;) {
    const done = await transact((tx) => removeSome(tx, tries, remove, onError))
    if (done === null) return went
    went += done
  }
}

/** Null where none is left that was tried less often than that. */
async function removeSome(
  tx: Tx,
  tries: number,
  remove: (folder: string) => Promise<void>,
  onError: (folder: string, error: unknown) => void,
): Promise<number | null> {
  const noted = await tx.$queryRaw<{ id: bigint; folder: string }[]>`
    SELECT id, folder FROM "Removal" WHERE tries < ${tries}
    ORDER BY tries, id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED`
  if (noted.length === 0) return null
  const [gone, kept]: bigint[][] = [[], []]
  for (const { id, folder } of noted)
    await remove(folder).then(
      () => gone.push(id),
      (error: unknown) => {
        kept.push(id)
        onError(folder, error)
      },
    )
  await tx.removal.deleteMany({ where: { id: { in: gone } } })
  if (kept.length > 0)
    await tx.$executeRaw`UPDATE "Removal" SET tries = ${tries} WHERE id IN (${Prisma.join(kept)})`
  return gone.length
}
