import type { ReactNode } from 'react'
import { Shell } from '../_components/shell/shell.tsx'
import { requireUser } from '../_session/user.ts'
import { LiveUpdates } from './_live/live-updates.tsx'

/** The pages of everybody who is signed in. Each page asks for its user itself too; this asks only once. */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const user = await requireUser()
  return (
    <Shell user={user}>
      {children}
      <LiveUpdates />
    </Shell>
  )
}
