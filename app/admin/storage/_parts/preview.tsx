import { useTranslations } from 'next-intl'
import { fileSize } from '#app/_components/format'
import type { RetentionJson } from '#app/_serial/retention'

/** What rules would take: how much in all, and whose. */
export function Preview({ report }: { report: RetentionJson }) {
  const t = useTranslations('storage')
  const lists = (['results', 'uploads'] as const).filter((rule) => report[rule].length > 0)
  if (lists.length === 0) return <p className="text-sm text-muted">{t('nothing')}</p>
  return (
    <div className="grid gap-x-10 gap-y-4 border-t pt-4 sm:grid-cols-2">
      {lists.map((rule) => (
        <section key={rule} className="grid content-start gap-2 text-sm">
          <h3 className="font-medium">{t(`would.${rule}`)}</h3>
          <ul className="grid gap-1">
            {report[rule].map(({ ownerId, name, jobs, files, bytes }) => (
              <li key={ownerId} className="flex justify-between gap-4">
                <span className="truncate">{name}</span>
                <span className="shrink-0 text-muted">
                  {jobs > 0 && `${t('jobs', { n: jobs })} · `}
                  {files > 0 && `${t('files', { n: files })} · `}
                  {fileSize(bytes)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
