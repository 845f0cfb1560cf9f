import { db } from '#core/db'

/** Something in somebody's trash. `bytes` are those of results, or of the file. */
export interface TrashItem {
  kind: 'batch' | 'job' | 'asset'
  id: string
  name: string
  /** Of a job its batch, else null. */
  batchName: string | null
  /** Videos of a batch; null for others. */
  videos: number | null
  bytes: number
  deletedAt: Date
}

/** Most that one page shows. */
const MAX_ITEMS = 500

/** What is in somebody's trash, the latest first. A batch's videos that came there with it are not listed apart. */
export async function listTrash(ownerId: string): Promise<TrashItem[]> {
  const where = { ownerId, deletedAt: { not: null } }
  const how = { orderBy: { deletedAt: 'desc' }, take: MAX_ITEMS } as const
  const [batches, jobs, assets] = await Promise.all([
    db().batch.findMany({ where, ...how, include: { jobs: { select: { resultBytes: true } } } }),
    db().renderJob.findMany({
      where: { ...where, batch: { deletedAt: null } },
      ...how,
      include: { presenter: { select: { name: true } }, batch: { select: { name: true } } },
    }),
    db().asset.findMany({ where, ...how }),
  ])
  const items: TrashItem[] = [
    ...batches.map(({ id, name, deletedAt, jobs }) => ({
      ...{ kind: 'batch' as const, id, name, batchName: null, videos: jobs.length, deletedAt: deletedAt! },
      bytes: jobs.reduce((sum, job) => sum + Number(job.resultBytes ?? 0), 0),
    })),
    ...jobs.map(({ id, presenter, batch, resultBytes, deletedAt }) => ({
      ...{ kind: 'job' as const, id, name: presenter.name, batchName: batch.name, videos: null },
      ...{ bytes: Number(resultBytes ?? 0), deletedAt: deletedAt! },
    })),
    ...assets.map(({ id, name, bytes, deletedAt }) => ({
      ...{ kind: 'asset' as const, id, name, batchName: null, videos: null },
      ...{ bytes: Number(bytes), deletedAt: deletedAt! },
    })),
  ]
  return items.sort((a, b) => b.deletedAt.getTime() - a.deletedAt.getTime()).slice(0, MAX_ITEMS)
}
