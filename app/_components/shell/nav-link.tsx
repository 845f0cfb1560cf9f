'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'
import { cx } from '#app/_components/ui/cx'

/** A place of the navigation, marked when we are there. `tab` is its form in the bottom bar of a phone. */
export function NavLink({
  href,
  root = href,
  icon,
  label,
  tab,
}: {
  href: string
  /** All addresses below it count as this place. */
  root?: string
  icon: ReactNode
  label: string
  tab?: boolean
}) {
  const path = usePathname()
  const here = path === href || (root !== '/' && path.startsWith(`${root}/`))
  const link = useRef<HTMLAnchorElement>(null)
  // A row that is wider than the phone is scrolled to the place where we are.
  useEffect(() => {
    const row = link.current?.parentElement
    if (!here || !link.current || !row || row.scrollWidth <= row.clientWidth) return
    const middle = link.current.offsetLeft - row.offsetLeft + link.current.offsetWidth / 2
    row.scrollLeft = middle - row.clientWidth / 2
  }, [here])
  return (
    <Link
      ref={link}
      href={href}
      aria-current={here ? 'page' : undefined}
      className={cx(
        'flex rounded-md [&_svg]:shrink-0',
        tab
          ? 'flex-col items-center gap-0.5 px-2 py-1.5 text-xs whitespace-nowrap [&_svg]:size-5'
          : 'items-center gap-2.5 px-2 py-1.5 text-sm [&_svg]:size-4',
        here ? 'font-medium text-ink' : 'text-muted hover:text-ink',
        !tab && (here ? 'bg-hover' : 'hover:bg-hover'),
        tab && here && '[&_svg]:text-accent',
      )}
    >
      {icon}
      {label}
    </Link>
  )
}
