'use client'

import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A window over the page. Escape, the cross and a click beside it close it. */
export function Dialog({
  open,
  onOpenChange,
  title,
  text,
  closeLabel,
  wide,
  children,
}: {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  text?: ReactNode
  closeLabel: string
  wide?: boolean
  children?: ReactNode
}) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/50" />
        <Radix.Content
          className={cx(
            'fixed top-1/2 left-1/2 z-50 grid max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2',
            'grid-cols-[minmax(0,1fr)] gap-4 overflow-y-auto rounded-md border border-line bg-raised p-5 shadow-float outline-none',
            wide ? 'max-w-4xl' : 'max-w-md',
          )}
          {...(text ? {} : { 'aria-describedby': undefined })}
        >
          <div className="flex items-start justify-between gap-4">
            <div className="grid min-w-0 gap-1">
              <Radix.Title className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</Radix.Title>
              {text && <Radix.Description className="text-sm text-muted">{text}</Radix.Description>}
            </div>
            <Radix.Close
              aria-label={closeLabel}
              className="-mt-1 -mr-1 grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
            >
              <X aria-hidden="true" className="size-4" />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
