'use client'

import { Download, Ellipsis, RotateCw, SquareArrowOutUpRight, Trash2, X } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { type ReactNode, useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import { Menu, MenuItem } from '#app/_components/ui/menu.tsx'
import { CancelDialog, type JobRef } from './job-dialogs.tsx'
import { canHelp, mediaOf } from './show-state.ts'
import { useJobActions } from './use-job-actions.ts'
import { useTrash } from './use-trash.ts'

/** What its owner can do with a job, by its state; `children` are more items for some pages. */
export function JobMenu({ job, children }: { job: JobRef; children?: ReactNode }) {
  const action = useTranslations('action')
  const { resubmit, pending } = useJobActions(job)
  const { remove, pending: removing } = useTrash()
  const [asking, setAsking] = useState(false)
  const open = job.state === 'queued' || job.state === 'running'
  const trigger = (
    <Button
      look="quiet"
      size="icon"
      aria-label={action('menu', { name: job.name })}
      disabled={pending || removing}
    >
      <Ellipsis aria-hidden="true" />
    </Button>
  )
  return (
    <>
      <Menu trigger={trigger}>
        <MenuItem asChild>
          <Link prefetch={false} href={`/jobs/${job.id}`}>
            <SquareArrowOutUpRight aria-hidden="true" />
            {action('open')}
          </Link>
        </MenuItem>
        {job.state === 'succeeded' && (
          <MenuItem asChild>
            <a href={mediaOf.download(job.id)} download>
              <Download aria-hidden="true" />
              {action('download')}
            </a>
          </MenuItem>
        )}
        {(job.state === 'failed' || job.state === 'cancelled') && canHelp(job) && (
          <MenuItem onSelect={() => resubmit()}>
            <RotateCw aria-hidden="true" />
            {action('resubmit')}
          </MenuItem>
        )}
        {children}
        {open ? (
          <MenuItem danger disabled={job.cancelling} onSelect={() => setAsking(true)}>
            <X aria-hidden="true" />
            {action('cancelJob')}
          </MenuItem>
        ) : (
          <MenuItem danger onSelect={() => remove('jobs', job.id)}>
            <Trash2 aria-hidden="true" />
            {action('delete')}
          </MenuItem>
        )}
      </Menu>
      {asking && <CancelDialog job={job} open onOpenChange={() => setAsking(false)} />}
    </>
  )
}
