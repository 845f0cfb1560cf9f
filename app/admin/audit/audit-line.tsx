import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { bareName } from '#app/_components/format'
import type { listAudit } from '#core/audit/data'

type Entry = Awaited<ReturnType<typeof listAudit>>[number]

/** One entry in plain words, with a link to what it is about where there is a page for it. */
export function AuditLine({ entry, subjectName }: { entry: Entry; subjectName: string | null }) {
  const t = useTranslations()
  const data = entry.data as Record<string, unknown>
  const band = (value: unknown) => {
    const key = `band.${String(value)}` as 'band.normal'
    return t.has(key) ? t(key) : '–'
  }
  const bandOf = (place: unknown) => band((place as { band?: string } | undefined)?.band)
  const key = `audit.${entry.action.replace('.', '_')}` as 'audit.job_band'
  const actor = entry.actorName ?? t('admin.someone')
  if (!t.has(key)) return <p className="min-w-0">{t('audit.other', { actor, action: entry.action })}</p>
  const subject = () => {
    if (entry.subject === 'job' && entry.subjectId)
      return (
        <Link href={`/jobs/${entry.subjectId}`} className="font-medium hover:underline">
          {subjectName ? bareName(subjectName) : t('audit.aJob')}
        </Link>
      )
    if (entry.subject === 'batch' && entry.subjectId)
      return (
        <Link href={`/batches/${entry.subjectId}`} className="font-medium hover:underline">
          {subjectName ?? t('audit.aBatch')}
        </Link>
      )
    return <span className="font-medium">{subjectName ?? t('audit.aPerson')}</span>
  }
  return (
    <p className="min-w-0 [overflow-wrap:anywhere]">
      {t.rich(key, {
        actor,
        subject,
        band: band(data.band),
        from: bandOf(data.from),
        to: bandOf(data.to),
        role: String(data.role ?? data.to ?? 'member'),
        name: String(data.name ?? ''),
        policy: String(data.policy),
        minutes: Number(data.minutes ?? 0),
        weight: Number(data.to ?? 1),
        on: data.on === true || data.preemption === true ? 'yes' : 'no',
        n: Number(data.changed ?? data.jobs ?? data.count ?? 0),
      } as never)}
      {typeof data.reason === 'string' && t('audit.because', { reason: data.reason })}
    </p>
  )
}
