'use client'

import { type ComponentProps, useLayoutEffect, useRef } from 'react'

const EASE = 'cubic-bezier(0.2, 0, 0, 1)'

/**
 * A list whose rows glide to their new places when their order changes. Each row needs a `data-key`.
 * Rows keep still for people who asked their system for less motion.
 */
export function GlideList({ as: Tag = 'ul', ...rest }: ComponentProps<'ul'> & { as?: 'ul' | 'tbody' }) {
  const list = useRef<HTMLElement>(null)
  const places = useRef<Map<string, number> | null>(null)

  useLayoutEffect(() => {
    const before = places.current
    const now = new Map<string, number>()
    const rows = [...(list.current?.children ?? [])].filter((row) => row instanceof HTMLElement)
    for (const row of rows) now.set(row.dataset.key ?? '', row.offsetTop)
    places.current = now
    if (!before || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    for (const row of rows) glide(row, before.get(row.dataset.key ?? ''))
  })

  // Both tags take the same attributes here; their ref types differ only in the element's name.
  const Any = Tag as 'ul'
  return <Any ref={list as React.RefObject<HTMLUListElement | null>} {...rest} />
}

function glide(row: HTMLElement, from: number | undefined): void {
  if (from === undefined) {
    row.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 200, easing: 'ease-out' })
    return
  }
  const moved = from - row.offsetTop
  if (moved === 0) return
  row.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], {
    duration: 280,
    easing: EASE,
  })
}
