'use client'

import { useTranslations } from 'next-intl'
import { call } from '../../../_components/api/call.ts'
import { useAction } from '../../../_components/api/use-action.ts'
import { Button } from '../../../_components/ui/button.tsx'
import { Confirm } from '../../../_components/ui/confirm.tsx'

/** Cancels all that somebody has waiting or running, after saying how much that is. */
export function CancelJobs({ id, name, openJobs }: { id: string; name: string; openJobs: number }) {
  const t = useTranslations('admin')
  const job = useTranslations('job')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  return (
    <Confirm
      trigger={
        <Button
          size="sm"
          disabled={pending}
          className="max-md:hidden"
          aria-label={`${t('cancelJobs')}: ${name}`}
        >
          {t('cancelJobs')}
        </Button>
      }
      title={t('cancelJobsTitle', { name })}
      text={t('cancelJobsText', { n: openJobs })}
      keepLabel={action('keep')}
      doLabel={t('cancelJobs')}
      onConfirm={() => run(() => call('POST', `users/${id}/cancel-jobs`), job('cancelToast'))}
    />
  )
}
