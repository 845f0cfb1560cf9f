'use client'

import { useTranslations } from 'next-intl'
import { useEffect } from 'react'
import { Button } from '#app/_components/ui/button.tsx'

/** What stands in place of a page that could not be rendered. */
export function FailedPage({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useTranslations('page')
  const action = useTranslations('action')
  useEffect(() => console.error(error), [error])
  return (
    <div role="alert" className="grid min-h-[70dvh] place-items-center px-4">
      <div className="grid justify-items-center gap-4 text-center">
        <div className="grid gap-1">
          <h1 className="text-xl font-semibold tracking-tight">{t('error')}</h1>
          <p className="text-muted">{t('errorText')}</p>
        </div>
        <Button look="primary" onClick={retry}>
          {action('retry')}
        </Button>
      </div>
    </div>
  )
}
