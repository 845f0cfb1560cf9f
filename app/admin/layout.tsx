import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { AdminTabs } from '../_components/shell/admin-tabs.tsx'
import { Shell } from '../_components/shell/shell.tsx'
import { currentUser } from '../_session/user.ts'
import { LiveUpdates } from '../(portal)/_live/live-updates.tsx'

/**
 * The pages of admins; for members they don't exist. Strangers are sent to the sign-in page by the pages
 * themselves, which know the way back.
 */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  if (!user) return children
  if (user.role !== 'admin') notFound()
  return (
    <Shell user={user}>
      <AdminTabs />
      {children}
      <LiveUpdates />
    </Shell>
  )
}
