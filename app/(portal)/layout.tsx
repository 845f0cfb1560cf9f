import type { ReactNode } from 'react'
import { currentUser } from '#app/_auth/user'
import { Shell } from '#app/_components/shell/shell.tsx'
import { LiveUpdates } from '#app/_live/live-updates.tsx'

/**
 * The pages of everybody who is signed in. A layout does not know its address, so the pages send strangers to
 * the sign-in page themselves, with the way back.
 */
export default async function PortalLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  if (!user || user.lacksSecondFactor) return children
  return (
    <Shell user={user}>
      {children}
      <LiveUpdates />
    </Shell>
  )
}
