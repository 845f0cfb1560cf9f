import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import type { PageInput } from '#app/_components/page-input'
import { firstOf } from '#app/_components/search-param'
import { Clock } from '#app/_components/time/clock.tsx'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page } from '#app/_components/ui/page.tsx'
import { listAudit } from '#core/audit/data'
import { batchNamesOf } from '#core/batch/data'
import { presenterNamesOf } from '#core/render-job/data'
import { namesOf } from '#core/viewer/names'
import { AuditLine } from './audit-line.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('admin'))('auditTitle') }
}

const PAGE = 100

/** Who did what, newest first. */
export default async function AuditPage({ searchParams }: PageInput) {
  await requireRole('admin', '/admin/audit')
  const before = firstOf((await searchParams).before)
  const [t, entries] = await Promise.all([
    getTranslations('admin'),
    listAudit({ limit: PAGE, before: before && /^\d{1,18}$/.test(before) ? BigInt(before) : undefined }),
  ])
  const ids = (subject: string) =>
    entries.flatMap((entry) => (entry.subject === subject && entry.subjectId) || [])
  const [jobs, people, batches] = await Promise.all([
    presenterNamesOf(ids('job')),
    namesOf(ids('user')),
    batchNamesOf(ids('batch')),
  ])
  return (
    <Page title={t('auditTitle')}>
      {entries.length > 0 ? (
        <ol className="divide-y rounded-md border bg-surface">
          {entries.map((entry) => (
            <li
              key={String(entry.id)}
              className="content-auto flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5 px-4 py-2.5"
            >
              <AuditLine
                entry={entry}
                subjectName={
                  (entry.subjectId &&
                    (jobs.get(entry.subjectId) ??
                      people.get(entry.subjectId) ??
                      batches.get(entry.subjectId))) ||
                  null
                }
              />
              <span className="text-sm text-muted">
                <Clock at={entry.at} />
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <Empty title={t('auditEmpty')} />
      )}
      {entries.length === PAGE && (
        <nav className="flex justify-center" aria-label={t('auditTitle')}>
          <Link href={`/admin/audit?before=${entries.at(-1)?.id}`} className={buttonClass()}>
            {t('auditOlder')}
          </Link>
        </nav>
      )}
    </Page>
  )
}
