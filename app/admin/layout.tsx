import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { currentUser } from '#app/_auth/user'
import { AdminTabs } from '#app/_components/shell/admin-tabs.tsx'
import { Shell } from '#app/_components/shell/shell.tsx'
import { LiveUpdates } from '#app/_live/live-updates.tsx'
import { atLeast } from '#core/viewer/viewer'

/**
 * The pages of operators and admins; for members they don't exist. Strangers are sent to the sign-in page by the pages
 * themselves, which know the way back.
 */
export default async function AdminLayout({ children }: { children: ReactNode }) {
  const user = await currentUser()
  if (!user || user.lacksSecondFactor) return children
  if (!atLeast(user.role, 'operator')) notFound()
  return (
    <Shell user={user}>
      <AdminTabs accounts={atLeast(user.role, 'admin')} />
      {children}
      <LiveUpdates />
    </Shell>
  )
}
