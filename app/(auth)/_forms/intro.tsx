import type { ReactNode } from 'react'

/** What a page of this group is for: its heading and a sentence. */
export function Intro({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="grid gap-1.5">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {children && <p className="text-muted">{children}</p>}
    </div>
  )
}
