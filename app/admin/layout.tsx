import type { ReactNode } from 'react'
import { AdminTabs } from '../_components/shell/admin-tabs.tsx'
import { Shell } from '../_components/shell/shell.tsx'
import { requireAdmin } from '../_session/user.ts'
import { LiveUpdates } from '../(portal)/_live/live-updates.tsx'

/** The pages of admins; for others they don't exist. Said here, above the loading page, it is a real 404. */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const user = await requireAdmin('/admin/queue')
  return (
    <Shell user={user}>
      <AdminTabs />
      {children}
      <LiveUpdates />
    </Shell>
  )
}
