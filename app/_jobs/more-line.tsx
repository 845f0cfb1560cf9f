import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'

/** The end of a list that shows only its first part: how many more there are, and the way to them. */
export function MoreLine({ hidden, href }: { hidden: number; href: string | null }) {
  const t = useTranslations('queue')
  const format = useFormatter()
  if (hidden <= 0) return null
  return (
    <p className="flex justify-center gap-2 text-sm text-muted">
      {t('more', { n: format.number(hidden) })}
      {href && (
        <Link href={href} scroll={false} className="font-medium text-accent hover:underline">
          {t('showMore')}
        </Link>
      )}
    </p>
  )
}
