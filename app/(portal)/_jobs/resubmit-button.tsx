'use client'

import { RotateCw } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { Button, type ButtonStyle, buttonClass } from '#app/_components/ui/button.tsx'
import { canHelp } from '#app/_jobs/show-state'
import { useJobActions } from '#app/_jobs/use-job-actions'

/** Puts an ended job back into the queue; where that can't help, leads to where another video can be sent. */
export function ResubmitButton({
  job,
  ...style
}: { job: { id: string; state: string; errorCode?: string | null } } & ButtonStyle) {
  const action = useTranslations('action')
  const { resubmit, pending } = useJobActions(job)
  if (!canHelp(job))
    return (
      <Link href="/new" className={buttonClass(style)}>
        {action('useAnother')}
      </Link>
    )
  return (
    <Button {...style} disabled={pending} onClick={() => resubmit()}>
      <RotateCw aria-hidden="true" />
      {action('resubmit')}
    </Button>
  )
}
