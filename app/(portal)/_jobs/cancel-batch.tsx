'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'

/** Cancels what of a batch still waits or runs, after saying how much that is. */
export function CancelBatch({ id, open }: { id: string; open: number }) {
  const t = useTranslations('batch')
  const job = useTranslations('job')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  return (
    <Confirm
      trigger={
        <Button look="danger" disabled={pending}>
          {action('cancelAll')}
        </Button>
      }
      title={t('cancelAllTitle')}
      text={t('cancelAllText', { n: open })}
      keepLabel={action('keep')}
      doLabel={t('cancelAllButton', { n: open })}
      onConfirm={() => run(() => call('POST', `batches/${id}/cancel`), job('cancelToast'))}
    />
  )
}
