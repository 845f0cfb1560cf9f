'use client'

import { Pause, Play } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'

/** Stops new jobs from starting, or lets them again. Running ones are not touched either way. */
export function PauseButton({ paused }: { paused: boolean }) {
  const t = useTranslations('admin')
  const { run, pending } = useAction()
  return paused ? (
    <Button
      look="primary"
      disabled={pending}
      onClick={() => run(() => call('POST', 'queue/resume'), t('resumedToast'))}
    >
      <Play aria-hidden="true" />
      {t('resumeQueue')}
    </Button>
  ) : (
    <Button disabled={pending} onClick={() => run(() => call('POST', 'queue/pause'), t('pausedToast'))}>
      <Pause aria-hidden="true" />
      {t('pauseQueue')}
    </Button>
  )
}
