'use client'

import { Check, Copy } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '#app/_components/ui/button.tsx'
import { cx } from '#app/_components/ui/cx'
import { inputClass } from '#app/_components/ui/field.tsx'

/** A one-time link as the API answers it. */
export interface OneTimeLink {
  url: string
  expiresAt: string
}

/** A link that is shown this once, to be copied. */
export function ShowLink({ link, label, onDone }: { link: OneTimeLink; label: string; onDone: () => void }) {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    // Without https the clipboard is closed to pages; the link is selected then, ready to be copied by hand.
    const ok = await navigator.clipboard?.writeText(link.url).then(
      () => true,
      () => false,
    )
    setCopied(ok ?? false)
  }
  return (
    <div className="grid gap-4">
      <input
        readOnly
        value={link.url}
        aria-label={label}
        onFocus={(event) => event.currentTarget.select()}
        className={cx(inputClass, 'font-mono text-sm')}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={copy} look="primary">
          {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          <span aria-live="polite">{copied ? action('copied') : t('copyLink')}</span>
        </Button>
        <Button onClick={onDone}>{t('done')}</Button>
      </div>
    </div>
  )
}
