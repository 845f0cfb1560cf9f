'use client'

import { useTranslations } from 'next-intl'
import { type PointerEvent, useState } from 'react'

/** Pictures side by side in a sprite: see worker/inspect/pictures.ts. */
const PICTURES = 20

/** The length of a video as a line: full where a face can speak, pale where none can. Under the pointer, its picture. */
export function UsableStrip({
  strip,
  usable,
  sprite,
}: {
  strip: string
  usable: number
  sprite: string | null
}) {
  const t = useTranslations('finding')
  const [at, setAt] = useState<number | null>(null)
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    setAt(Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width)))
  }
  return (
    <div className="relative grid gap-0.5">
      <div
        role="img"
        aria-label={t('strip', { percent: usable })}
        className="flex h-2 gap-px overflow-hidden rounded-sm"
        onPointerMove={point}
        onPointerLeave={() => setAt(null)}
      >
        {[...strip].map((digit, n) => (
          <span key={n} className="flex-1 bg-accent" style={{ opacity: 0.15 + (0.85 * Number(digit)) / 9 }} />
        ))}
      </div>
      {sprite && at !== null && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute bottom-3 z-10 h-[90px] w-40 -translate-x-1/2 rounded-sm border bg-track bg-no-repeat shadow-float"
          style={{
            left: `${at * 100}%`,
            backgroundImage: `url(${sprite})`,
            backgroundSize: `${PICTURES * 100}% 100%`,
            backgroundPosition: `${(Math.floor(at * PICTURES) * 100) / (PICTURES - 1)}% 0`,
          }}
        />
      )}
      <span className="text-xs text-muted">{t('strip', { percent: usable })}</span>
    </div>
  )
}
