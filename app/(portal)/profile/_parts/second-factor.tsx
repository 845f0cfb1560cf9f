'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { toast } from 'sonner'
import { call } from '#app/_components/api/call'
import { ProofForm } from '#app/_components/second-factor/proof-form.tsx'
import { RecoveryCodes } from '#app/_components/second-factor/recovery-codes.tsx'
import { SecondFactorSetup } from '#app/_components/second-factor/setup.tsx'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'

/** The second factor: set up, or what can be done about it. */
export function SecondFactor({
  email,
  since,
  recoveryCodes,
  required,
}: {
  email: string
  since: Date | null
  recoveryCodes: number
  required: boolean
}) {
  const t = useTranslations('secondFactor')
  const action = useTranslations('action')
  const router = useRouter()
  const [open, setOpen] = useState<'codes' | 'off' | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  const close = () => {
    setOpen(null)
    setCodes(null)
    router.refresh()
  }
  if (!since) return <SecondFactorSetup email={email} onDone={() => router.refresh()} />
  const renew = async (proof: object) => {
    const made = await call<{ recoveryCodes: string[] }>('POST', 'profile/totp/recovery-codes', proof)
    setCodes(made.recoveryCodes)
  }
  const turnOff = async (proof: object) => {
    await call('DELETE', 'profile/totp', proof)
    toast.success(t('offToast'))
    close()
  }
  return (
    <div className="grid gap-4">
      <p>
        {t.rich('onSince', { when: () => <Clock at={since} /> })}{' '}
        <span className={recoveryCodes < 3 ? 'text-amber' : 'text-muted'}>
          {t('left', { n: recoveryCodes })}
        </span>
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button size="lg" onClick={() => setOpen('codes')}>
          {t('newCodes')}
        </Button>
        {required ? (
          <p className="text-sm text-muted">{t('required')}</p>
        ) : (
          <Button size="lg" look="danger" onClick={() => setOpen('off')}>
            {t('turnOff')}
          </Button>
        )}
      </div>
      <Dialog
        open={open !== null}
        onOpenChange={(next) => !next && close()}
        title={t(open === 'off' ? 'turnOffTitle' : 'newCodes')}
        text={codes ? undefined : t(open === 'off' ? 'turnOffText' : 'newCodesText')}
        closeLabel={action('close')}
      >
        {codes ? (
          <RecoveryCodes codes={codes} onDone={close} />
        ) : (
          <ProofForm
            email={email}
            codeHint={t('orRecovery')}
            label={t(open === 'off' ? 'turnOff' : 'newCodes')}
            danger={open === 'off'}
            prove={open === 'off' ? turnOff : renew}
          />
        )}
      </Dialog>
    </div>
  )
}
