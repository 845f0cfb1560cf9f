'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useCallback, useEffect, useState } from 'react'
import { toast } from 'sonner'
import { ApiError, call } from '#app/_components/api/call'
import { useErrorText } from '#app/_components/api/error-text'
import { Button } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Note } from '#app/_components/ui/note.tsx'
import type { BulkPreview } from '#core/bulk/bulk'
import type { BulkAction, BulkSelection } from '#core/bulk/bulk-selection'

/** Something to do with many jobs. */
export interface BulkAsk {
  selection: BulkSelection
  action: BulkAction
}

const OWNERS = 6

/** Shows what an action would touch, then does just that. */
export function BulkDialog({
  ask,
  onClose,
  onDone,
}: {
  ask: BulkAsk
  onClose: () => void
  onDone: () => void
}) {
  const t = useTranslations('bulk')
  const action = useTranslations('action')
  const bands = useTranslations('band')
  const { preview, problem, busy, doIt } = useBulk(ask, onDone)
  const { kind } = ask.action
  const band = 'band' in ask.action && ask.action.band ? bands(ask.action.band) : ''
  return (
    <Dialog open onOpenChange={onClose} title={t(`title.${kind}`, { band })} closeLabel={action('close')}>
      <div className="grid gap-3 text-sm" aria-live="polite">
        {problem && (
          <Note tone="danger" role="alert">
            {problem}
          </Note>
        )}
        {!preview && !problem && <p className="text-muted">{t('looking')}</p>}
        {preview && <Touched preview={preview} />}
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{action('cancel')}</Button>
        <Button
          look={kind === 'cancel' ? 'danger' : 'primary'}
          disabled={!preview || preview.jobs === 0 || busy}
          onClick={doIt}
        >
          {t(`confirm.${kind}`, { n: preview?.jobs ?? 0 })}
        </Button>
      </div>
    </Dialog>
  )
}

function Touched({ preview: { jobs, byOwner, skipped } }: { preview: BulkPreview }) {
  const t = useTranslations('bulk')
  return (
    <>
      <p className="font-medium">{t('touches', { n: jobs })}</p>
      {byOwner.length > 0 && (
        <ul className="grid gap-0.5">
          {byOwner.slice(0, OWNERS).map(({ ownerId, name, jobs: n }) => (
            <li key={ownerId}>{t('byOwner', { name, n })}</li>
          ))}
          {byOwner.length > OWNERS && <li>{t('more', { n: byOwner.length - OWNERS })}</li>}
        </ul>
      )}
      {skipped.length > 0 && (
        <p className="text-muted">
          {t('skipped')} {skipped.map(({ reason, jobs: n }) => t(`reasons.${reason}`, { n })).join(' · ')}
        </p>
      )}
    </>
  )
}

/** The preview of an action, and the doing of it. */
function useBulk(ask: BulkAsk, onDone: () => void) {
  const t = useTranslations('bulk')
  const router = useRouter()
  const errorText = useErrorText()
  const [preview, setPreview] = useState<BulkPreview | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const look = useCallback(
    () =>
      call<BulkPreview>('POST', 'queue/bulk/preview', ask).then(setPreview, (error) =>
        setProblem(errorText(error)),
      ),
    [ask, errorText],
  )
  useEffect(() => void look(), [look])
  const doIt = async () => {
    if (!preview) return
    setBusy(true)
    setProblem(null)
    try {
      const body = { ...ask, token: preview.token }
      const { touched } = await call<{ touched: number }>('POST', 'queue/bulk', body)
      toast.success(t('doneToast', { n: touched }))
      onDone()
    } catch (error) {
      setProblem(errorText(error))
      setBusy(false)
      if (error instanceof ApiError && error.code === 'selection_changed') await look()
    }
    router.refresh()
  }
  return { preview, problem, busy, doIt }
}
