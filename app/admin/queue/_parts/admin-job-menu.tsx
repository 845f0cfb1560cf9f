'use client'

import { ArrowUpToLine, ChevronDown, Signal } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Menu, MenuChoices, MenuItem, MenuLabel, SubMenu } from '#app/_components/ui/menu.tsx'
import type { JobRef } from '#app/_jobs/job-dialogs.tsx'
import { JobMenu } from '#app/_jobs/job-menu.tsx'
import { useJobActions } from '#app/_jobs/use-job-actions'
import type { Band } from '#core/queue/ordering'
import { BANDS } from './bands.ts'

const useBandOptions = () => {
  const t = useTranslations('band')
  return BANDS.map((value) => ({ value, label: t(value) }))
}

function useMoves(id: string) {
  const t = useTranslations('admin')
  const { run, pending } = useAction()
  return {
    pending,
    toFront: () => run(() => call('PATCH', `jobs/${id}`, { front: true }), t('frontToast')),
    toBand: (band: Band) => run(() => call('PATCH', `jobs/${id}`, { band }), t('bandToast')),
  }
}

/** A job's menu with what only an admin may: its place in the line. */
export function AdminJobMenu({ job, band }: { job: JobRef; band: Band }) {
  const t = useTranslations('admin')
  const options = useBandOptions()
  const { toFront, toBand } = useMoves(job.id)
  return (
    <JobMenu job={job}>
      {job.state === 'queued' && (
        <>
          <MenuItem onSelect={toFront}>
            <ArrowUpToLine aria-hidden="true" />
            {t('toFront')}
          </MenuItem>
          <SubMenu
            label={
              <>
                <Signal aria-hidden="true" />
                {t('priority')}
              </>
            }
          >
            <MenuChoices value={band} options={options} onChange={toBand} />
          </SubMenu>
        </>
      )}
    </JobMenu>
  )
}

/** A waiting job's priority, which can be changed where it stands. */
export function BandMenu({ id, name, band }: { id: string; name: string; band: Band }) {
  const t = useTranslations()
  const options = useBandOptions()
  const { toBand, pending } = useMoves(id)
  const trigger = (
    <Button
      look="quiet"
      size="sm"
      disabled={pending}
      aria-label={`${t('admin.priority')}: ${t(`band.${band}`)}, ${name}`}
      className={band === 'urgent' || band === 'high' ? '-ml-2.5 text-amber' : '-ml-2.5'}
    >
      {t(`band.${band}`)}
      <ChevronDown aria-hidden="true" />
    </Button>
  )
  return (
    <Menu trigger={trigger} align="start">
      <MenuChoices value={band} options={options} onChange={toBand} />
    </Menu>
  )
}

/** Puts an ended job back into the line, with the priority that one chooses. */
export function ResubmitMenu({ job }: { job: JobRef }) {
  const t = useTranslations()
  const { resubmit, pending } = useJobActions(job)
  const trigger = (
    <Button size="sm" disabled={pending} aria-label={`${t('action.resubmit')}: ${job.name}`}>
      {t('action.resubmit')}
      <ChevronDown aria-hidden="true" />
    </Button>
  )
  return (
    <Menu trigger={trigger}>
      <MenuLabel>{t('admin.resubmitWith')}</MenuLabel>
      {BANDS.map((band) => (
        <MenuItem key={band} onSelect={() => resubmit(band)}>
          {t(`band.${band}`)}
        </MenuItem>
      ))}
    </Menu>
  )
}
