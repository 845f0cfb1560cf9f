'use client'

import { Download, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { Button, buttonClass } from '#app/_components/ui/button.tsx'
import { CancelDialog, type JobRef } from '#app/_jobs/job-dialogs.tsx'
import { mediaOf } from '#app/_jobs/show-state'
import { useTrash } from '#app/_jobs/use-trash'
import { ResubmitButton } from '#app/(portal)/_jobs/resubmit-button.tsx'

/** What can be done with this job, as buttons that say it. */
export function JobActions({ job, batchId }: { job: JobRef; batchId: string }) {
  const action = useTranslations('action')
  const router = useRouter()
  const { remove, pending } = useTrash()
  const open = job.state === 'queued' || job.state === 'running'
  return (
    <>
      {open && (
        <CancelDialog
          job={job}
          trigger={
            <Button look="danger" disabled={job.cancelling}>
              {action('cancelJob')}
            </Button>
          }
        />
      )}
      {!open && (
        <Button
          look="danger"
          disabled={pending}
          onClick={() => remove('jobs', job.id, () => router.push(`/batches/${batchId}`))}
        >
          <Trash2 aria-hidden="true" />
          {action('delete')}
        </Button>
      )}
      {(job.state === 'failed' || job.state === 'cancelled') && <ResubmitButton job={job} look="primary" />}
      {job.state === 'succeeded' && (
        <a href={mediaOf.download(job.id)} download className={buttonClass({ look: 'primary' })}>
          <Download aria-hidden="true" />
          {action('download')}
        </a>
      )}
    </>
  )
}
