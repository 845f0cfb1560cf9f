'use client'

import Link from 'next/link'
import { useState } from 'react'
import { Thumb } from '#app/_components/ui/thumb.tsx'

/** A finished video's thumbnail, which plays without sound while the pointer or the focus is on it. */
export function PreviewLink({
  href,
  thumb,
  video,
  label,
}: {
  href: string
  thumb: string | null
  video: string
  label: string
}) {
  const [playing, setPlaying] = useState(false)
  return (
    <Link
      prefetch={false}
      href={href}
      aria-label={label}
      onMouseEnter={() => setPlaying(true)}
      onMouseLeave={() => setPlaying(false)}
      onFocus={() => setPlaying(true)}
      onBlur={() => setPlaying(false)}
      className="absolute inset-0"
    >
      <Thumb src={thumb} className="size-full" />
      {playing && (
        <video
          src={video}
          muted
          autoPlay
          loop
          playsInline
          preload="auto"
          tabIndex={-1}
          className="absolute inset-0 size-full object-cover object-[50%_30%]"
        />
      )}
    </Link>
  )
}
