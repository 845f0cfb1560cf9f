import type { ReactNode } from 'react'
import { Shell } from '../_components/shell/shell.tsx'
import { currentUser } from '../_session/user.ts'
import { LiveUpdates } from './_live/live-updates.tsx'

/**
 * The pages of everybody who is signed in. A layout does not know its address, so the pages send strangers to
 * the sign-in page themselves, with the way back.
 */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  if (!user) return children
  return (
    <Shell user={user}>
      {children}
      <LiveUpdates />
    </Shell>
  )
}
