import { Download } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import type { PageInput } from '#app/_components/page-input'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page } from '#app/_components/ui/page.tsx'
import { AUDIT_ACTIONS } from '#core/audit/actions'
import { auditNameOf, cursorOf, listAudit } from '#core/audit/data'
import { listUsers } from '#core/user/data'
import { auditHref, exportHref } from './_parts/address.ts'
import { AuditRow } from './_parts/audit-row.tsx'
import { cursorIn, type Filter, filterOf } from './_parts/filter.ts'
import { Filters } from './_parts/filters.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('admin'))('auditTitle') }
}

const PAGE = 50
const ACTIONS = Object.keys(AUDIT_ACTIONS)
const SUBJECTS = [...new Set(Object.values(AUDIT_ACTIONS).map(({ subject }) => subject))]

/** Who did what, newest first; filter and page are in the address, so that a link shares them. */
export default async function AuditPage({ searchParams }: PageInput) {
  await requireRole('admin', '/admin/audit')
  const query = await searchParams
  const [filter, before, zone] = [filterOf(query), cursorIn(query), await getTimeZone()]
  const [t, words, people, found] = await Promise.all([
    getTranslations('admin'),
    getTranslations('auditPage'),
    peopleFor(filter),
    listAudit({ ...filter, zone }, { limit: PAGE + 1, before }),
  ])
  const entries = found.slice(0, PAGE)
  const filtered = Object.keys(filter).length > 0
  return (
    <Page
      title={t('auditTitle')}
      actions={
        <a href={exportHref(filter, zone)} download className={buttonClass()}>
          <Download aria-hidden="true" />
          {words('export')}
        </a>
      }
    >
      <Filters filter={filter} people={people} actions={ACTIONS} subjects={SUBJECTS} />
      {filter.about && (
        <p className="text-sm text-muted">
          {words('about', { name: entries[0]?.subjectName ?? filter.about })}
        </p>
      )}
      {entries.length > 0 ? (
        <ol className="divide-y rounded-md border bg-surface">
          {entries.map((entry) => (
            <AuditRow key={String(entry.id)} entry={entry} />
          ))}
        </ol>
      ) : (
        <Empty title={filtered || before ? words('noMatch') : t('auditEmpty')} />
      )}
      <nav className="flex justify-center gap-2" aria-label={t('auditTitle')}>
        {before && (
          <Link href={auditHref(filter)} className={buttonClass()}>
            {words('newest')}
          </Link>
        )}
        {found.length > PAGE && (
          <Link href={auditHref(filter, cursorOf(entries[PAGE - 1]))} className={buttonClass()}>
            {t('auditOlder')}
          </Link>
        )}
      </nav>
    </Page>
  )
}

/** Everybody to choose from, and those of the filter who are no more. */
async function peopleFor({ who, whose }: Filter): Promise<{ id: string; name: string }[]> {
  const people = (await listUsers()).map(({ id, name }) => ({ id, name }))
  for (const id of new Set([who, whose]))
    if (id && !people.some((person) => person.id === id))
      people.push({ id, name: (await auditNameOf(id)) ?? id })
  return people
}
