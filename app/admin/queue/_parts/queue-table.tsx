'use client'

import { Keyboard } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useRef, useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import { GlideList } from '#app/_components/ui/glide-list.tsx'
import { Table, Th } from '#app/_components/ui/table.tsx'
import type { BulkAction } from '#core/bulk/bulk-selection'
import { BulkBar } from './bulk-bar.tsx'
import { type BulkAsk, BulkDialog } from './bulk-dialog.tsx'
import type { JobFilter } from './filter.ts'
import { ReorderDialog } from './reorder-dialog.tsx'
import type { Row } from './row.ts'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'
import { TableRow } from './table-row.tsx'
import { type Drop, useReorder } from './use-reorder.ts'
import { useSelection } from './use-selection.ts'
import { useTableKeys } from './use-table-keys.ts'

/** All jobs that match: to select, to move by hand, and to steer by keyboard. */
export function QueueTable({ rows, total, filter }: { rows: Row[]; total: number; filter: JobFilter }) {
  const t = useTranslations('table')
  const admin = useTranslations('admin')
  const box = useRef<HTMLDivElement>(null)
  const selection = useSelection(rows.map((row) => row.id))
  const [ask, setAsk] = useState<BulkAsk | null>(null)
  const [drop, setDrop] = useState<Drop | null>(null)
  const [help, setHelp] = useState(false)
  const { dragged, handle } = useReorder(rows, box, setDrop)
  const { selected, everything, chosen } = selection

  const act = (action: BulkAction) => {
    const ids = selected.length > 0 ? selected : selection.cursor ? [selection.cursor] : []
    if (everything) setAsk({ selection: { filter }, action })
    else if (ids.length > 0) setAsk({ selection: { ids }, action })
  }
  useTableKeys({ rows, selection, act, onHelp: () => setHelp(true) })

  const ended = rows.every((row) => row.state !== 'queued' && row.state !== 'running')
  const gapOf = (index: number) =>
    dragged?.gap === index
      ? 'above'
      : dragged?.gap === index + 1 && index === rows.length - 1
        ? 'below'
        : null
  return (
    <div ref={box} className={selected.length > 0 ? 'pb-16' : undefined}>
      <Table
        label={admin('open')}
        head={
          <Head
            all={selected.length > 0 && selected.length === rows.length}
            ended={ended}
            onAll={selection.toggleAll}
          />
        }
      >
        <GlideList as="tbody" className="divide-y">
          {rows.map((row, index) => (
            <TableRow
              key={row.id}
              row={row}
              selected={chosen.has(row.id)}
              current={selection.cursor === row.id}
              gap={gapOf(index)}
              dragged={dragged?.id === row.id}
              handle={row.state === 'queued' ? handle(row) : null}
              onToggle={(range) => selection.toggle(row.id, range)}
            />
          ))}
        </GlideList>
      </Table>
      <div className="mt-2 flex justify-end max-md:hidden">
        <Button look="quiet" size="sm" onClick={() => setHelp(true)}>
          <Keyboard aria-hidden="true" />
          {t('shortcuts')}
        </Button>
      </div>
      {selected.length > 0 && (
        <BulkBar
          count={selected.length}
          matching={total > rows.length ? total : null}
          everything={everything}
          ended={ended}
          onEverything={() => selection.setEverything(true)}
          onAct={act}
          onClear={selection.clear}
        />
      )}
      {ask && (
        <BulkDialog
          ask={ask}
          onClose={() => setAsk(null)}
          onDone={() => {
            setAsk(null)
            selection.clear()
          }}
        />
      )}
      {drop && <ReorderDialog drop={drop} onClose={() => setDrop(null)} />}
      <ShortcutsDialog open={help} onClose={() => setHelp(false)} />
    </div>
  )
}

function Head({ all, ended, onAll }: { all: boolean; ended: boolean; onAll: () => void }) {
  const t = useTranslations('table')
  const admin = useTranslations('admin')
  return (
    <>
      <Th className="w-9 md:w-[84px]">
        <input
          type="checkbox"
          checked={all}
          aria-label={t('selectAll')}
          onChange={onAll}
          className="block size-4 accent-accent max-sm:size-5"
        />
      </Th>
      <Th className="w-12 sm:w-20">
        <span aria-hidden="true" className="sm:hidden">
          #
        </span>
        <span className="max-sm:sr-only">{admin('position')}</span>
      </Th>
      <Th>{admin('presenter')}</Th>
      <Th wide className="w-28">
        {admin('owner')}
      </Th>
      <Th className="w-28 sm:w-40">{admin('state')}</Th>
      <Th wide className="w-28">
        {admin('priority')}
      </Th>
      <Th wide className="w-56">
        {ended ? admin('ended') : t('done')}
      </Th>
      <Th className="w-14">
        <span className="sr-only">{admin('actions')}</span>
      </Th>
    </>
  )
}
