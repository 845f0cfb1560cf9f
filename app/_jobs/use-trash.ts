'use client'

import { useTranslations } from 'next-intl'
import { toast } from 'sonner'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'

/** Long enough to read the line, think again and reach the button. */
const UNDO_MS = 12_000

/** Deletes things into the trash, each with a line that takes it back, and brings them back from there. */
export function useTrash() {
  const t = useTranslations('trash')
  const { run, pending } = useAction()
  const restore = (id: string) => run(() => call('POST', `trash/${id}/restore`), t('restoredToast'))
  return {
    pending,
    restore,
    remove: (kind: 'jobs' | 'batches' | 'assets', id: string, then?: () => void) =>
      run(async () => {
        await call('DELETE', `${kind}/${id}`)
        const action = { label: t('undo'), onClick: () => restore(id) }
        toast.success(t('deletedToast'), { duration: UNDO_MS, action })
        then?.()
      }),
    deleteNow: (id: string) => run(() => call('DELETE', `trash/${id}`), t('goneToast')),
    empty: () => run(() => call('DELETE', 'trash'), t('emptiedToast')),
  }
}
