'use client'

import { Pause, Play } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type WaveSurfer from 'wavesurfer.js'
import { clockLength } from '#app/_components/format'
import { cx } from '#app/_components/ui/cx'

/** A speech to look at and listen to. The peaks come from the server; the sound is fetched when it is played. */
export function Waveform({
  src,
  peaks,
  durationMs,
  labels,
  className,
}: {
  src: string
  peaks: number[]
  durationMs: number
  labels: { play: string; pause: string; waveform: string }
  className?: string
}) {
  const box = useRef<HTMLDivElement>(null)
  const surfer = useRef<WaveSurfer | null>(null)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)

  useEffect(() => {
    let gone = false
    void import('wavesurfer.js').then(({ default: WaveSurfer }) => {
      if (gone || !box.current) return
      const made = draw(WaveSurfer, box.current, src, peaks, durationMs)
      made.on('play', () => setPlaying(true))
      made.on('pause', () => setPlaying(false))
      made.on('finish', () => setPlaying(false))
      made.on('timeupdate', setAt)
      surfer.current = made
    })
    return () => {
      gone = true
      surfer.current?.destroy()
      surfer.current = null
    }
  }, [src, peaks, durationMs])

  const Sign = playing ? Pause : Play
  return (
    <div className={cx('flex min-w-0 items-center gap-3', className)}>
      <button
        type="button"
        aria-label={playing ? labels.pause : labels.play}
        onClick={() => void surfer.current?.playPause()}
        className="grid size-9 shrink-0 place-items-center rounded-full bg-accent text-on-accent hover:bg-accent-strong"
      >
        <Sign aria-hidden="true" className={cx('size-4 fill-current', !playing && 'ml-0.5')} />
      </button>
      <div ref={box} role="img" aria-label={labels.waveform} className="h-10 min-w-0 flex-1" />
      <span className="shrink-0 text-sm text-muted">
        {at > 0 && `${clockLength(at * 1000)} / `}
        {clockLength(durationMs)}
      </span>
    </div>
  )
}

function draw(
  Surfer: typeof WaveSurfer,
  container: HTMLElement,
  src: string,
  peaks: number[],
  durationMs: number,
): WaveSurfer {
  const audio = new Audio()
  audio.preload = 'none'
  audio.src = src
  return Surfer.create({
    container,
    media: audio,
    peaks: [peaks.map((peak) => peak / 100)],
    duration: durationMs / 1000,
    // The policy of pages knows the style for this height: app/_server/content-policy.ts.
    height: 40,
    barWidth: 2,
    barGap: 1,
    barRadius: 2,
    cursorWidth: 0,
    normalize: true,
    dragToSeek: true,
    // A canvas knows no themes: two greys and greens that read on both.
    waveColor: '#98a09c',
    progressColor: '#15976a',
  })
}
