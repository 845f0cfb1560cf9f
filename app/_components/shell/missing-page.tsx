import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { buttonClass } from '#app/_components/ui/button.tsx'

/** For what does not exist, and for what belongs to somebody else: the two look the same. */
export async function MissingPage() {
  const t = await getTranslations('page')
  return (
    <div className="grid min-h-[70dvh] place-items-center px-4">
      <div className="grid justify-items-center gap-4 text-center">
        <div className="grid gap-1">
          <h1 className="text-xl font-semibold tracking-tight">{t('notFound')}</h1>
          <p className="text-muted">{t('notFoundText')}</p>
        </div>
        <Link href="/" className={buttonClass({ look: 'primary' })}>
          {t('toQueue')}
        </Link>
      </div>
    </div>
  )
}
