'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'

/** Takes an invitation back that nobody has used yet. */
export function WithdrawButton({ id, label }: { id: string; label: string }) {
  const t = useTranslations('admin')
  const { run, pending } = useAction()
  return (
    <Button
      size="sm"
      disabled={pending}
      aria-label={`${t('withdraw')}: ${label}`}
      onClick={() => run(() => call('DELETE', `users/invitations/${id}`), t('withdrawnToast'))}
    >
      {t('withdraw')}
    </Button>
  )
}
