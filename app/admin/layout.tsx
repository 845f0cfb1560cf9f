import type { ReactNode } from 'react'
import { AdminTabs } from '../_components/shell/admin-tabs.tsx'
import { Shell } from '../_components/shell/shell.tsx'
import { currentUser } from '../_session/user.ts'
import { LiveUpdates } from '../(portal)/_live/live-updates.tsx'

/** The pages of admins; for others they don't exist, which each page says itself. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  if (user?.role !== 'admin') return children
  return (
    <Shell user={user}>
      <AdminTabs />
      {children}
      <LiveUpdates />
    </Shell>
  )
}
