'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Button } from '#app/_components/ui/button.tsx'
import { ProofForm } from './proof-form.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'

/** A secret for an app, as the API answers it. */
interface Begun {
  secret: string
  qr: { size: number; path: string }
}

/** Sets a second factor up: the picture for the app, a first code of it, then the recovery codes. */
export function SecondFactorSetup({ email, onDone }: { email: string; onDone: () => void }) {
  const t = useTranslations('secondFactor')
  const { run, pending } = useAction()
  const [begun, setBegun] = useState<Begun | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />
  if (!begun)
    return (
      <div>
        <Button
          size="lg"
          disabled={pending}
          onClick={() => run(async () => setBegun(await call<Begun>('POST', 'profile/totp')))}
        >
          {t('setUp')}
        </Button>
      </div>
    )
  return (
    <div className="grid gap-4">
      <p className="text-sm">{t('scan')}</p>
      <QrCode {...begun.qr} label={t('qr')} />
      <div className="grid gap-1 text-sm">
        <p className="text-muted">{t('secret')}</p>
        <code className="font-mono text-base [overflow-wrap:anywhere] select-all">
          {begun.secret.match(/.{1,4}/g)?.join(' ')}
        </code>
      </div>
      <ProofForm
        email={email}
        codeHint={t('codeHint')}
        label={t('turnOn')}
        prove={async (proof) => {
          const { recoveryCodes } = await call<{ recoveryCodes: string[] }>('PUT', 'profile/totp', proof)
          setCodes(recoveryCodes)
        }}
      />
    </div>
  )
}

/** Dark on white in every theme: cameras want it so. */
function QrCode({ size, path, label }: { size: number; path: string; label: string }) {
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} className="size-48 rounded-md">
      <path d={`M0 0h${size}v${size}H0z`} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  )
}
