import {
  Clapperboard,
  Cpu,
  HardDrive,
  History,
  ListChecks,
  ScrollText,
  SlidersHorizontal,
  SquarePlus,
  Users,
} from 'lucide-react'
import { cookies } from 'next/headers'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { THEME_COOKIE } from '#app/_i18n/locale'
import { atLeast } from '#core/viewer/viewer'
import type { Role } from '#prisma/enums'
import { AccountMenu } from './account-menu.tsx'
import { Mark } from './mark.tsx'
import { NavLink } from './nav-link.tsx'
import { isTheme } from './preferences.ts'
import { ZoneTeller } from './zone-teller.tsx'

/** The signed-in frame: a slim rail on the left, on a phone a bar at the bottom. */
export async function Shell({
  user,
  children,
}: {
  user: { name: string; email: string; role: Role }
  children: ReactNode
}) {
  const [t, app] = await Promise.all([getTranslations('nav'), getTranslations('app')])
  const chosen = (await cookies()).get(THEME_COOKIE)?.value
  const account = {
    name: user.name,
    email: user.email,
    theme: isTheme(chosen) ? chosen : ('system' as const),
  }
  const places = [
    { href: '/', icon: <ListChecks aria-hidden="true" />, label: t('queue') },
    { href: '/new', icon: <SquarePlus aria-hidden="true" />, label: t('newBatch') },
    { href: '/history', icon: <History aria-hidden="true" />, label: t('history') },
  ]
  const adminPlaces = [
    { href: '/admin/queue', icon: <SlidersHorizontal aria-hidden="true" />, label: t('queueControl') },
    { href: '/admin/workers', icon: <Cpu aria-hidden="true" />, label: t('workers') },
  ]
  const accountPlaces = [
    { href: '/admin/people', icon: <Users aria-hidden="true" />, label: t('people') },
    { href: '/admin/storage', icon: <HardDrive aria-hidden="true" />, label: t('storage') },
    { href: '/admin/audit', icon: <ScrollText aria-hidden="true" />, label: t('audit') },
  ]
  const operates = atLeast(user.role, 'operator')
  if (atLeast(user.role, 'admin')) adminPlaces.push(...accountPlaces)
  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[208px_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-sm text-on-accent focus:translate-y-0"
      >
        {app('skip')}
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-4 border-r bg-page px-3 py-4 md:flex">
        <Link href="/" className="flex items-center gap-2 px-2 font-semibold tracking-tight">
          <Mark />
          {app('name')}
        </Link>
        <nav aria-label={t('main')} className="grid gap-0.5">
          {places.map((place) => (
            <NavLink key={place.href} {...place} />
          ))}
        </nav>
        {operates && (
          <nav aria-label={t('admin')} className="grid gap-0.5 border-t pt-4">
            {adminPlaces.map((place) => (
              <NavLink key={place.href} {...place} />
            ))}
          </nav>
        )}
        <div className="mt-auto">
          <AccountMenu {...account} />
        </div>
      </aside>
      <main id="content" tabIndex={-1} className="min-w-0 pb-20 outline-none md:pb-0">
        {children}
      </main>
      <nav
        aria-label={t('main')}
        className="fixed inset-x-0 bottom-0 z-20 flex justify-around border-t bg-surface px-1 pt-1 pb-[max(4px,env(safe-area-inset-bottom))] md:hidden"
      >
        {places.map((place) => (
          <NavLink key={place.href} {...place} tab />
        ))}
        {operates && (
          <NavLink
            href="/admin/queue"
            root="/admin"
            icon={<Clapperboard aria-hidden="true" />}
            label={t('admin')}
            tab
          />
        )}
        <AccountMenu {...account} compact />
      </nav>
      <ZoneTeller />
    </div>
  )
}
