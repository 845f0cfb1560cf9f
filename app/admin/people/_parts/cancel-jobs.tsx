'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'

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
