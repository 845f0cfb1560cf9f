'use client'

import { Check, Copy } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'

/** Recovery codes, shown this once. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const t = useTranslations('secondFactor')
  const action = useTranslations('action')
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    // Without https the clipboard is closed to pages; the list can be selected by hand then.
    const ok = await navigator.clipboard?.writeText(codes.join('\n')).then(
      () => true,
      () => false,
    )
    setCopied(ok ?? false)
  }
  return (
    <div className="grid gap-4">
      <p className="text-sm" role="status">
        <strong className="font-medium">{t('codes')}.</strong> {t('codesText')}
      </p>
      <ul
        aria-label={t('codes')}
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-md border bg-surface px-4 py-3 font-mono text-base select-all"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex gap-2">
        <Button size="lg" onClick={copy}>
          {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          <span aria-live="polite">{copied ? action('copied') : t('copyCodes')}</span>
        </Button>
        <Button size="lg" look="primary" onClick={onDone}>
          {t('kept')}
        </Button>
      </div>
    </div>
  )
}
