'use client'

import { Film } from 'lucide-react'
import { useState } from 'react'
import { cx } from './cx.ts'

/** A picture that stands for a video; a quiet film sign where there is none or it does not load. */
export function Thumb({
  src,
  focus,
  className,
}: {
  src: string | null
  /** What must stay in sight where the picture is cut, in shares of it: a face. */
  focus?: { x: number; y: number }
  className?: string
}) {
  const [broken, setBroken] = useState<string | null>(null)
  const shown = src !== null && broken !== src
  return (
    <div
      className={cx(
        'relative grid shrink-0 place-items-center overflow-hidden bg-track text-faint',
        className,
      )}
    >
      {shown ? (
        // biome-ignore lint/performance/noImgElement: thumbnails are small, made by us and behind the session.
        <img
          key={src}
          // One that failed before hydration fires no event any more.
          ref={(image) => {
            if (image?.complete && image.naturalWidth === 0) setBroken(src)
          }}
          src={src}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(src)}
          // Of a picture that is too high, the part from forehead to chin is kept.
          style={focus && { objectPosition: `${focus.x * 100}% ${Math.min(100, focus.y * 100 + 8)}%` }}
          className="absolute inset-0 size-full object-cover object-[50%_38%]"
        />
      ) : (
        <Film aria-hidden="true" className="size-4" />
      )}
    </div>
  )
}
