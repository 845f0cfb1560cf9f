'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import type { Drop } from './use-reorder.ts'

/** Asks whether a job should go where it was dropped, and why; the reason is told to its owner. */
export function ReorderDialog({ drop, onClose }: { drop: Drop; onClose: () => void }) {
  const t = useTranslations('table')
  const action = useTranslations('action')
  const { run } = useAction()
  const [reason, setReason] = useState('')
  const { row, other, side } = drop
  const place = other.position === null ? other.name : `#${other.position} ${other.name}`
  const move = () => {
    const body = { [side]: other.id, ...(reason.trim() ? { reason: reason.trim() } : {}) }
    run(() => call('PATCH', `jobs/${row.id}`, body), t('movedToast'))
    onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('moveTitle', { name: row.name })}
      text={t(side === 'before' ? 'moveBefore' : 'moveAfter', { name: place })}
      closeLabel={action('close')}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          move()
        }}
      >
        <Field
          id="move-reason"
          label={t('reason')}
          value={reason}
          maxLength={300}
          autoFocus
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{action('cancel')}</Button>
          <Button type="submit" look="primary">
            {t('moveButton')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
