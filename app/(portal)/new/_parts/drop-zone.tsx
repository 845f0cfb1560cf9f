'use client'

import { Upload } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { buttonClass } from '#app/_components/ui/button.tsx'
import { cx } from '#app/_components/ui/cx'
import { isHidden } from './dropped-files.ts'

/** Opens the browser's file picker, or with `folder` its picker of folders. Drops are taken by the whole page. */
export function FilePick({
  accept,
  multiple,
  folder,
  label,
  onFiles,
  className,
  children,
}: {
  accept?: string
  multiple?: boolean
  folder?: boolean
  label: string
  onFiles: (files: File[]) => void
  className: string
  children: ReactNode
}) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        accept={accept}
        multiple={multiple}
        {...(folder && { webkitdirectory: '' })}
        aria-label={label}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])].filter(({ name }) => !folder || !isHidden(name))
          event.target.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
      <button type="button" className={className} onClick={() => input.current?.click()}>
        {children}
      </button>
    </>
  )
}

/** An empty step: a wide place to drop files on, or to click for the picker. */
export function DropZone({
  text,
  formats,
  pick,
  over,
  tall,
  ...rest
}: {
  text: string
  formats: string
  pick: string
  over: boolean
  tall?: boolean
  accept: string
  multiple?: boolean
  onFiles: (files: File[]) => void
}) {
  return (
    <FilePick
      {...rest}
      label={pick}
      className={cx(
        'grid w-full justify-items-center gap-3 rounded-md border border-dashed border-line-strong bg-surface px-4 text-center transition-colors hover:border-accent',
        tall ? 'py-12' : 'py-8',
        over && 'border-accent bg-accent-soft',
      )}
    >
      <span className="grid gap-0.5">
        <span className="font-medium">{text}</span>
        <span className="text-sm text-muted">{formats}</span>
      </span>
      <span className={buttonClass({ size: 'sm' })}>
        <Upload aria-hidden="true" />
        {pick}
      </span>
    </FilePick>
  )
}
