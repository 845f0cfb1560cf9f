'use client'

import { AlertDialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { buttonClass } from './button.tsx'

/** Asks before something that can't be taken back. Opens from `trigger`, or by `open` where a menu starts it. */
export function Confirm({
  trigger,
  open,
  onOpenChange,
  title,
  text,
  keepLabel,
  doLabel,
  onConfirm,
}: {
  trigger?: ReactNode
  open?: boolean
  onOpenChange?: (open: boolean) => void
  title: string
  text: string
  keepLabel: string
  doLabel: string
  onConfirm: () => void
}) {
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>}
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-black/50" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 grid w-[calc(100vw-32px)] max-w-md -translate-x-1/2 -translate-y-1/2 gap-4 rounded-md border border-line bg-raised p-5 shadow-float outline-none">
          <div className="grid gap-1">
            <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
            <AlertDialog.Description className="text-sm text-muted [overflow-wrap:anywhere]">
              {text}
            </AlertDialog.Description>
          </div>
          <div className="flex justify-end gap-2">
            <AlertDialog.Cancel className={buttonClass()}>{keepLabel}</AlertDialog.Cancel>
            <AlertDialog.Action className={buttonClass({ look: 'danger' })} onClick={onConfirm}>
              {doLabel}
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
