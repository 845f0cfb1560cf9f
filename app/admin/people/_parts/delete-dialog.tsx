'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Select } from '#app/_components/ui/select.tsx'

export interface Heir {
  id: string
  name: string
}

/** Asks what becomes of somebody's videos before their account goes. */
export function DeleteDialog({
  id,
  name,
  heirs,
  onClose,
}: {
  id: string
  name: string
  heirs: Heir[]
  onClose: () => void
}) {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  const [heir, setHeir] = useState(heirs[0]?.id ?? '')
  const others = heirs.filter((other) => other.id !== id)
  const request = heir ? { how: 'hand_over', to: heir } : { how: 'erase' }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('deleteTitle', { name })}
      text={t('deleteText')}
      closeLabel={action('close')}
    >
      <Select
        id="heir"
        label={t('deleteFiles')}
        value={heir}
        choices={[
          ...others.map((other) => ({ value: other.id, label: t('handOver', { name: other.name }) })),
          { value: '', label: t('erase') },
        ]}
        onChoose={setHeir}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{action('keep')}</Button>
        <Button
          look="danger"
          disabled={pending}
          onClick={() =>
            run(
              async () => {
                await call('DELETE', `users/${id}`, request)
                onClose()
              },
              t('deletedToast', { name }),
            )
          }
        >
          {t('deleteAccount')}
        </Button>
      </div>
    </Dialog>
  )
}
