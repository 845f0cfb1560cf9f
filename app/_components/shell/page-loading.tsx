import { getTranslations } from 'next-intl/server'

/** The outline of a page while its data is read: quiet blocks, no spinner. */
export async function PageLoading() {
  const t = await getTranslations('page')
  return (
    <div role="status" className="mx-auto grid w-full max-w-[1200px] gap-6 px-4 py-6 sm:px-8 sm:py-8">
      <span className="sr-only">{t('loading')}</span>
      <div className="h-7 w-40 rounded-md bg-track" />
      <div className="h-32 rounded-md border bg-surface" />
      <div className="h-72 rounded-md border bg-surface" />
    </div>
  )
}
