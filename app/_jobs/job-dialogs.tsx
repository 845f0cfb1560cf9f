'use client'

import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Confirm } from '#app/_components/ui/confirm.tsx'
import { useJobActions } from './use-job-actions.ts'

/** As much of a job as its buttons need. */
export interface JobRef {
  id: string
  name: string
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
  cancelling?: boolean
  errorCode?: string | null
}

interface DialogProps {
  job: JobRef
  trigger?: ReactNode
  open?: boolean
  onOpenChange?: (open: boolean) => void
}

/** Asks before a job gives up its place. */
export function CancelDialog({ job, ...rest }: DialogProps) {
  const t = useTranslations('job')
  const action = useTranslations('action')
  const { cancel } = useJobActions(job)
  return (
    <Confirm
      {...rest}
      title={t('cancelTitle')}
      text={t('cancelText')}
      keepLabel={action('keep')}
      doLabel={action('cancelJob')}
      onConfirm={cancel}
    />
  )
}
