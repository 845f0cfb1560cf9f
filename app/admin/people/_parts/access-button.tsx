'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'

/** Takes somebody's access away, after asking, or gives it back. */
export function AccessButton({ id, name, disabled }: { id: string; name: string; disabled: boolean }) {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  if (disabled)
    return (
      <Button
        size="sm"
        disabled={pending}
        aria-label={`${t('enable')}: ${name}`}
        onClick={() => run(() => call('POST', `users/${id}/enable`), t('enabledToast', { name }))}
      >
        {t('enable')}
      </Button>
    )
  return (
    <Confirm
      trigger={
        <Button size="sm" look="danger" disabled={pending} aria-label={`${t('disable')}: ${name}`}>
          {t('disable')}
        </Button>
      }
      title={t('disableTitle', { name })}
      text={t('disableText')}
      keepLabel={action('keep')}
      doLabel={t('disable')}
      onConfirm={() => run(() => call('POST', `users/${id}/disable`), t('disabledToast', { name }))}
    />
  )
}
