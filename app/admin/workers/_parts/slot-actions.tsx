'use client'

import { useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { deviceName } from '#app/_components/format'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'

/** Whether a slot should take jobs: drain it, stop it at once, or let it go on. */
export function SlotActions({
  id,
  device,
  draining,
  busy,
  stopping,
}: {
  id: string
  device: string
  draining: boolean
  busy: boolean
  stopping: boolean
}) {
  const t = useTranslations('workers')
  const action = useTranslations('action')
  const { run, pending } = useAction()
  const ask = (what: 'drain' | 'stop' | 'undrain') =>
    run(() => call('POST', `workers/${id}/${what}`), t(`${what}Toast`))
  return (
    <>
      {draining ? (
        <Button look="primary" disabled={pending} onClick={() => ask('undrain')}>
          {t('undrain')}
        </Button>
      ) : (
        <Button disabled={pending} title={t('drainHint')} onClick={() => ask('drain')}>
          {t('drain')}
        </Button>
      )}
      {busy && (
        <Confirm
          trigger={
            <Button look="danger" disabled={pending || stopping}>
              {t('stop')}
            </Button>
          }
          title={t('stopTitle', { device: deviceName(device) })}
          text={t('stopText')}
          keepLabel={action('cancel')}
          doLabel={t('stop')}
          onConfirm={() => ask('stop')}
        />
      )}
    </>
  )
}
