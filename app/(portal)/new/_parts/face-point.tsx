'use client'

import { useTranslations } from 'next-intl'
import type { KeyboardEvent, MouseEvent } from 'react'

export interface Point {
  x: number
  y: number
}

const STEP = 0.02
const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
}
const within = (value: number) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000

/** A video's picture on which one points at the face that should speak. */
export function FacePoint({
  picture,
  point,
  onPick,
}: {
  picture: { src: string; width: number; height: number } | null
  point: Point
  onPick: (point: Point) => void
}) {
  const t = useTranslations('new')
  if (!picture) return <p className="text-xs text-muted">{t('pointNoPicture')}</p>
  const click = (event: MouseEvent<HTMLButtonElement>) => {
    // A click made by a key has no place.
    if (event.detail === 0) return
    const box = event.currentTarget.getBoundingClientRect()
    onPick({
      x: within((event.clientX - box.left) / box.width),
      y: within((event.clientY - box.top) / box.height),
    })
  }
  const move = (event: KeyboardEvent) => {
    const by = KEYS[event.key]
    if (!by) return
    event.preventDefault()
    onPick({ x: within(point.x + by[0]), y: within(point.y + by[1]) })
  }
  return (
    <div className="grid gap-1">
      <button
        type="button"
        onClick={click}
        onKeyDown={move}
        aria-label={t('pointLabel', { x: Math.round(point.x * 100), y: Math.round(point.y * 100) })}
        aria-describedby="face-point-hint"
        style={{ aspectRatio: picture.width / picture.height }}
        className="relative mx-auto block max-h-64 w-full max-w-full cursor-crosshair overflow-hidden rounded-sm border bg-track"
      >
        {/* biome-ignore lint/performance/noImgElement: a thumbnail of ours, behind the session. */}
        <img src={picture.src} alt="" draggable={false} className="absolute inset-0 size-full object-fill" />
        <span
          style={{ left: `${point.x * 100}%`, top: `${point.y * 100}%` }}
          className="absolute size-6 -translate-1/2 rounded-full border-2 border-white shadow-[0_0_0_2px_var(--accent)]"
        />
      </button>
      <p id="face-point-hint" className="text-xs text-muted">
        {t('pointHint')}
      </p>
    </div>
  )
}
