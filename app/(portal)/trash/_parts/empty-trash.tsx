'use client'

import { useTranslations } from 'next-intl'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'
import { useTrash } from '#app/_jobs/use-trash'

/** Deletes all that is in the trash for good, after asking. */
export function EmptyTrash({ n }: { n: number }) {
  const t = useTranslations('trash')
  const action = useTranslations('action')
  const { empty, pending } = useTrash()
  return (
    <Confirm
      trigger={
        <Button look="danger" disabled={pending}>
          {t('emptyTrash')}
        </Button>
      }
      title={t('emptyTitle')}
      text={t('emptyText', { n })}
      keepLabel={action('keep')}
      doLabel={t('emptyTrash')}
      onConfirm={empty}
    />
  )
}
