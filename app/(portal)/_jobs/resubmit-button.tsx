'use client'

import { RotateCw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button, type ButtonStyle } from '../../_components/ui/button.tsx'
import { useJobActions } from './use-job-actions.ts'

/** Puts an ended job back into the queue. */
export function ResubmitButton({ job, ...style }: { job: { id: string; state: string } } & ButtonStyle) {
  const action = useTranslations('action')
  const { resubmit, pending } = useJobActions(job)
  return (
    <Button {...style} disabled={pending} onClick={() => resubmit()}>
      <RotateCw aria-hidden="true" />
      {action('resubmit')}
    </Button>
  )
}
