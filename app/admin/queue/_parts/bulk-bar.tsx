'use client'

import { ArrowUpToLine, Pause, Play, RotateCw, Signal, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '#app/_components/ui/button.tsx'
import { Menu, MenuItem } from '#app/_components/ui/menu.tsx'
import type { BulkAction } from '#core/bulk/bulk-selection'
import { BANDS } from './bands.ts'

/** What can be done with the selected jobs, in a bar that floats while there are any. */
export function BulkBar({
  count,
  matching,
  everything,
  ended,
  onEverything,
  onAct,
  onClear,
}: {
  count: number
  /** All that match the filter, where that is more than is shown. */
  matching: number | null
  everything: boolean
  ended: boolean
  onEverything: () => void
  onAct: (action: BulkAction) => void
  onClear: () => void
}) {
  const t = useTranslations('table')
  const action = useTranslations('action')
  return (
    <section
      aria-label={t('bar')}
      className="fixed inset-x-4 bottom-20 z-30 mx-auto flex w-fit max-w-[calc(100vw-32px)] animate-appear flex-wrap items-center gap-1 rounded-md border border-line bg-raised p-1.5 pl-3 text-sm shadow-float md:bottom-4 md:left-[224px]"
    >
      <span className="mr-2 font-medium" aria-live="polite">
        {everything && matching ? t('allMatching', { n: matching }) : t('selected', { n: count })}
      </span>
      {matching !== null && !everything && (
        <Button size="sm" look="quiet" onClick={onEverything}>
          {t('selectMatching', { n: matching })}
        </Button>
      )}
      {ended ? (
        <Button size="sm" look="quiet" onClick={() => onAct({ kind: 'resubmit' })}>
          <RotateCw aria-hidden="true" />
          {action('resubmit')}
        </Button>
      ) : (
        <OpenActions onAct={onAct} />
      )}
      <Button size="sm" look="quiet" onClick={onClear}>
        {t('clear')}
      </Button>
    </section>
  )
}

function OpenActions({ onAct }: { onAct: (action: BulkAction) => void }) {
  const t = useTranslations('table')
  const admin = useTranslations('admin')
  const bands = useTranslations('band')
  const action = useTranslations('action')
  return (
    <>
      <Button size="sm" look="quiet" onClick={() => onAct({ kind: 'front' })}>
        <ArrowUpToLine aria-hidden="true" />
        {t('front')}
      </Button>
      <Menu
        side="top"
        trigger={
          <Button size="sm" look="quiet">
            <Signal aria-hidden="true" />
            {admin('priority')}
          </Button>
        }
      >
        {BANDS.map((band) => (
          <MenuItem key={band} onSelect={() => onAct({ kind: 'band', band })}>
            {bands(band)}
          </MenuItem>
        ))}
      </Menu>
      <Button size="sm" look="quiet" onClick={() => onAct({ kind: 'pause' })}>
        <Pause aria-hidden="true" />
        {t('pause')}
      </Button>
      <Button size="sm" look="quiet" onClick={() => onAct({ kind: 'resume' })}>
        <Play aria-hidden="true" />
        {t('resume')}
      </Button>
      <Button size="sm" look="quiet" className="text-danger" onClick={() => onAct({ kind: 'cancel' })}>
        <X aria-hidden="true" />
        {action('cancel')}
      </Button>
    </>
  )
}
