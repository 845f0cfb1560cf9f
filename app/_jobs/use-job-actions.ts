'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import type { Band } from '#core/queue/ordering'

/** What one does to a job, each through its route, each with a line about how it went. */
export function useJobActions(job: { id: string; state: string }) {
  const t = useTranslations('job')
  const { run, pending } = useAction()
  const path = `jobs/${job.id}`
  return {
    pending,
    cancel: () =>
      run(
        () => call('POST', `${path}/cancel`),
        t(job.state === 'running' ? 'cancellingToast' : 'cancelToast'),
      ),
    resubmit: (band?: Band) =>
      run(() => call('POST', `${path}/resubmit`, band ? { band } : {}), t('doneToast')),
  }
}
