import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { fileSize } from '#app/_components/format'
import { Clock } from '#app/_components/time/clock.tsx'
import type { AuditEntry } from '#core/audit/data'
import { auditHref } from './address.ts'
import { AuditLine } from './audit-line.tsx'

/** One entry: what happened in a line, and everything that is known of it below. */
export function AuditRow({ entry }: { entry: AuditEntry }) {
  return (
    <li className="content-auto">
      <details className="group">
        <summary className="flex cursor-pointer list-none items-baseline gap-2 px-4 py-2.5 hover:bg-hover">
          <ChevronRight
            aria-hidden="true"
            className="size-4 shrink-0 self-center text-faint transition-transform group-open:rotate-90"
          />
          <span className="flex min-w-0 grow flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5">
            <span className="min-w-0 [overflow-wrap:anywhere]">
              <AuditLine entry={entry} />
            </span>
            <span className="text-sm text-muted">
              <Clock at={entry.at} />
            </span>
          </span>
        </summary>
        <Details entry={entry} />
      </details>
    </li>
  )
}

function Details({ entry }: { entry: AuditEntry }) {
  const t = useTranslations('auditPage')
  const role = useTranslations('role')
  const format = useFormatter()
  const { actorId, actorName, actorRole, subjectId, ownerId, ownerName, reason, address, browser } = entry
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 px-4 pb-3 pl-10 text-sm [&_dd]:[overflow-wrap:anywhere] [&_dt]:text-muted">
      <Fact name={t('when')}>
        <time dateTime={entry.at.toISOString()}>
          {format.dateTime(entry.at, { dateStyle: 'medium', timeStyle: 'medium' })}
        </time>
      </Fact>
      {actorId && (
        <Fact name={t('who')}>
          {actorName} {actorRole && <span className="text-muted">({role(actorRole)})</span>}{' '}
          <More href={auditHref({ who: actorId })}>{t('byThem')}</More>
        </Fact>
      )}
      {subjectId && (
        <Fact name={t(`subjects.${entry.subject}` as 'subjects.job')}>
          {entry.subjectName} <More href={auditHref({ about: subjectId })}>{t('aboutThis')}</More>
        </Fact>
      )}
      {ownerName && ownerId !== subjectId && <Fact name={t('whose')}>{ownerName}</Fact>}
      <Values entry={entry} />
      {reason && <Fact name={t('reason')}>{reason}</Fact>}
      {address && <Fact name={t('address')}>{address}</Fact>}
      {browser && <Fact name={t('browser')}>{browser}</Fact>}
    </dl>
  )
}

/** Each value with what it was and what it is: "2 → 3". */
function Values({ entry: { from, to } }: { entry: AuditEntry }) {
  const t = useTranslations('auditPage')
  const words = useTranslations()
  const nameOf = (field: string) => {
    const key = `fields.${field}` as 'fields.role'
    return t.has(key) ? t(key) : field
  }
  const textOf = (field: string, value: unknown) => {
    if (value === null || value === undefined || value === '') return '–'
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no')
    if (/bytes/i.test(field)) return fileSize(Number(value))
    const room = field === 'role' || field === 'band' ? field : `auditPage.values.${field}`
    const key = `${room}.${String(value)}` as 'role.admin'
    return words.has(key) ? words(key) : String(value)
  }
  const fields = [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])]
  return fields.map((field) => (
    <Fact key={field} name={nameOf(field)}>
      {from && `${textOf(field, from[field])}${to ? ' → ' : ''}`}
      {to && textOf(field, to[field])}
    </Fact>
  ))
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

const More = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link prefetch={false} href={href} className="text-accent hover:underline">
    {children}
  </Link>
)
