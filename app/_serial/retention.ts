import type { RetentionReport } from '#core/retention/apply'
import type { Purged } from '#core/trash/purge'
import { namesOf } from '#core/viewer/names'

export type RetentionJson = Awaited<ReturnType<typeof retentionJson>>

/** What rules would take, by rule, each with whose it is; who would lose most comes first. */
export async function retentionJson({ results, uploads }: RetentionReport) {
  const names = await namesOf([...results, ...uploads].map(({ ownerId }) => ownerId))
  const named = (purged: readonly Purged[]) =>
    purged.map((each) => ({ ...each, name: names.get(each.ownerId) ?? '' })).sort((a, b) => b.bytes - a.bytes)
  return { results: named(results), uploads: named(uploads) }
}
