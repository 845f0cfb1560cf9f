'use client'

import { Pause, Play, Volume2, VolumeX } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type RefObject, useRef, useState } from 'react'
import { clockLength } from '#app/_components/format'
import { Button } from '#app/_components/ui/button.tsx'
import { useInStep } from './use-in-step.ts'

interface Film {
  src: string
  poster: string | null
}

/** Result beside source, played, paused and sought as one; the sound is the result's. */
export function Compare({
  name,
  shape,
  result,
  source,
}: {
  name: string
  shape: number
  result: Film
  source: Film & { seconds: number; shortVideo: 'loop' | 'freeze' }
}) {
  const t = useTranslations('job')
  const leader = useRef<HTMLVideoElement>(null)
  const follower = useRef<HTMLVideoElement>(null)
  useInStep(leader, follower, source.seconds, source.shortVideo)
  return (
    <div className="grid gap-3">
      <div className="grid gap-4 sm:grid-cols-2">
        <Picture
          film={result}
          shape={shape}
          of={leader}
          label={`${t('result')}: ${name}`}
          caption={t('result')}
        />
        <Picture
          film={source}
          shape={shape}
          of={follower}
          label={`${t('source')}: ${name}`}
          caption={t('source')}
          muted
        />
      </div>
      <Controls video={leader} />
    </div>
  )
}

function Picture({
  film,
  shape,
  of,
  label,
  caption,
  muted,
}: {
  film: Film
  shape: number
  of: RefObject<HTMLVideoElement | null>
  label: string
  caption: string
  muted?: boolean
}) {
  return (
    <figure className="grid min-w-0 gap-2">
      <video
        ref={of}
        src={film.src}
        poster={film.poster ?? undefined}
        muted={muted}
        playsInline
        preload="metadata"
        aria-label={label}
        style={{ aspectRatio: shape }}
        className="w-full rounded-md bg-black object-contain"
      />
      <figcaption className="text-sm text-muted">{caption}</figcaption>
    </figure>
  )
}

/** One set of controls for both. */
function Controls({ video }: { video: RefObject<HTMLVideoElement | null> }) {
  const t = useTranslations('job')
  const action = useTranslations('action')
  const [state, setState] = useState({ at: 0, length: 0, playing: false, muted: false })
  const watch = (element: HTMLDivElement | null) => {
    const { current } = video
    if (!element || !current) return
    const stop = new AbortController()
    const read = () =>
      setState({
        at: current.currentTime,
        length: Number.isFinite(current.duration) ? current.duration : 0,
        playing: !current.paused,
        muted: current.muted,
      })
    for (const event of ['timeupdate', 'play', 'pause', 'ended', 'volumechange', 'durationchange', 'seeking'])
      current.addEventListener(event, read, { signal: stop.signal })
    read()
    return () => stop.abort()
  }
  const [stable] = useState(() => watch)
  const { at, length, playing, muted } = state
  const toggle = () => {
    const { current } = video
    if (current?.paused) void current.play().catch(() => {})
    else current?.pause()
  }
  const mute = () => {
    if (video.current) video.current.muted = !muted
  }
  return (
    <div ref={stable} className="flex items-center gap-3 rounded-md border bg-surface py-1.5 pr-1.5 pl-2">
      <Button look="quiet" size="icon" aria-label={t(playing ? 'pauseBoth' : 'playBoth')} onClick={toggle}>
        {playing ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
      </Button>
      <input
        type="range"
        aria-label={action('seek')}
        aria-valuetext={clockLength(at * 1000)}
        min={0}
        max={length || 1}
        step={0.04}
        value={at}
        onChange={(event) => {
          if (video.current) video.current.currentTime = Number(event.target.value)
        }}
        className="h-1 min-w-0 flex-1 accent-accent"
      />
      <span className="text-sm text-muted">
        {clockLength(at * 1000)} / {clockLength(length * 1000)}
      </span>
      <Button look="quiet" size="icon" aria-label={action(muted ? 'unmute' : 'mute')} onClick={mute}>
        {muted ? <VolumeX aria-hidden="true" /> : <Volume2 aria-hidden="true" />}
      </Button>
    </div>
  )
}
