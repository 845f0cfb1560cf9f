import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { bareName } from '#app/_components/format'
import type { AuditEntry } from '#core/audit/data'

/** One entry in plain words, with a link to what it is about where there is a page for it. */
export function AuditLine({ entry }: { entry: AuditEntry }) {
  const t = useTranslations()
  const { from, to, ownerId, ownerName } = entry
  const key = `audit.${entry.action.replace('.', '_')}` as 'audit.job_band'
  const actor = entry.actorName ?? t(entry.address ? 'audit.somebody' : 'admin.someone')
  if (!t.has(key)) return t('audit.other', { actor, action: entry.action })
  const band = (value: unknown) => {
    const word = `band.${String(value)}` as 'band.normal'
    return t.has(word) ? t(word) : '–'
  }
  const ofAnother = ownerName && ownerId !== entry.actorId && entry.subject !== 'user'
  return (
    <>
      {t.rich(key, {
        actor,
        subject: () => <Subject entry={entry} />,
        band: band(to?.band),
        from: band(from?.band),
        to: band(to?.band),
        role: String(to?.role ?? from?.role ?? 'member'),
        name: String(to?.name ?? ''),
        was: String(from?.name ?? actor),
        policy: String(to?.policy),
        minutes: Number(to?.minutes ?? 0),
        weight: Number(to?.weight ?? 1),
        on: to?.on === true ? 'yes' : 'no',
        kind: String(to?.kind),
        code: String(to?.code),
        more: to?.more === true ? 'yes' : 'no',
        files: Number(to?.files ?? 0),
        n: Number(to?.jobs ?? to?.count ?? 0),
      } as never)}
      {ofAnother && t('audit.of', { owner: ownerName })}
      {entry.reason && t('audit.because', { reason: entry.reason })}
    </>
  )
}

const PAGES: Record<string, string> = { job: '/jobs', batch: '/batches' }

function Subject({ entry: { subject, subjectId, subjectName } }: { entry: AuditEntry }) {
  const t = useTranslations('audit')
  const unnamed = { job: t('aJob'), batch: t('aBatch'), file: t('aFile') }[subject]
  const name = subjectName && (subject === 'job' ? bareName(subjectName) : subjectName)
  const text = name ?? unnamed ?? t(subjectId ? 'aPerson' : 'unknownAccount')
  const page = PAGES[subject]
  if (!page || !subjectId) return <span className="font-medium">{text}</span>
  return (
    <Link prefetch={false} href={`${page}/${subjectId}`} className="font-medium hover:underline">
      {text}
    </Link>
  )
}
