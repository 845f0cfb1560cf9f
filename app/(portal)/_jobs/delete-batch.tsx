'use client'

import { Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'
import { useTrash } from '#app/_jobs/use-trash'

/** Puts a batch into the trash. It asks first only where something would be cancelled, which no undo brings back. */
export function DeleteBatch({ id, open }: { id: string; open: number }) {
  const t = useTranslations('batch')
  const action = useTranslations('action')
  const router = useRouter()
  const { remove, pending } = useTrash()
  const onDelete = () => remove('batches', id, () => router.push('/history'))
  const button = (
    <Button look="danger" disabled={pending} onClick={open > 0 ? undefined : onDelete}>
      <Trash2 aria-hidden="true" />
      {t('delete')}
    </Button>
  )
  if (open === 0) return button
  return (
    <Confirm
      trigger={button}
      title={t('deleteTitle')}
      text={t('deleteText', { n: open })}
      keepLabel={action('keep')}
      doLabel={t('delete')}
      onConfirm={onDelete}
    />
  )
}
