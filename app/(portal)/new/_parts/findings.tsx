'use client'

import { CircleAlert, Info } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type AssetWarning, isSerious } from '#core/asset/findings'
import type { AssetInfo } from './uploads.ts'
import { UsableStrip } from './usable-strip.tsx'

/** What an inspection found in a file: where a video shows a face that can speak, and what to do about the rest. */
export function Findings({ asset: { findings, sprite } }: { asset: AssetInfo }) {
  const { warnings, strip, usable, still } = findings
  const showsStrip = strip !== undefined && usable !== undefined && !still && usable < 100
  if (warnings.length === 0 && !showsStrip) return null
  return (
    <div className="mt-1 grid gap-1.5" aria-live="polite">
      {showsStrip && <UsableStrip strip={strip} usable={usable} sprite={sprite} />}
      {warnings.length > 0 && (
        <ul className="grid gap-1">
          {warnings.map((warning) => (
            <Warning key={warning.code} warning={warning} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Warning({ warning }: { warning: AssetWarning }) {
  const t = useTranslations('finding')
  const { code, ...params } = warning
  const Sign = isSerious(warning) ? CircleAlert : Info
  return (
    <li className="flex gap-1.5 text-sm">
      <Sign
        aria-hidden="true"
        className={`mt-0.5 size-4 shrink-0 ${isSerious(warning) ? 'text-amber' : 'text-muted'}`}
      />
      <span className="min-w-0 [overflow-wrap:anywhere]">{t(code, params as never)}</span>
    </li>
  )
}
