'use client'

import { Pause, Play, RotateCw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'

/** What its owner and admins do with a batch as a whole: try again what failed, pause it, let it go on. */
export function BatchActions({
  id,
  open,
  failed,
  paused,
}: {
  id: string
  open: number
  /** Failed jobs that another try may help. */
  failed: number
  paused: boolean
}) {
  const t = useTranslations('batch')
  const job = useTranslations('job')
  const { run, pending } = useAction()
  const ask = (what: 'pause' | 'resume' | 'retry', done: string) =>
    run(() => call('POST', `batches/${id}/${what}`), done)
  return (
    <>
      {failed > 0 && (
        <Button disabled={pending} onClick={() => ask('retry', job('doneToast'))}>
          <RotateCw aria-hidden="true" />
          {t('retryFailed', { n: failed })}
        </Button>
      )}
      {open > 0 &&
        (paused ? (
          <Button look="primary" disabled={pending} onClick={() => ask('resume', t('resumedToast'))}>
            <Play aria-hidden="true" />
            {t('resume')}
          </Button>
        ) : (
          <Button disabled={pending} onClick={() => ask('pause', t('pausedToast'))}>
            <Pause aria-hidden="true" />
            {t('pause')}
          </Button>
        ))}
    </>
  )
}
