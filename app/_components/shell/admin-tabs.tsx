import { Cpu, HardDrive, ScrollText, SlidersHorizontal, Users } from 'lucide-react'
import { getTranslations } from 'next-intl/server'
import { NavLink } from './nav-link.tsx'

/** The admin places on a phone, whose bottom bar has room for only one of them. */
export async function AdminTabs({ accounts }: { accounts: boolean }) {
  const t = await getTranslations('nav')
  return (
    <nav
      aria-label={t('admin')}
      className="flex gap-1 overflow-x-auto whitespace-nowrap border-b px-2 py-2 md:hidden"
    >
      <NavLink
        href="/admin/queue"
        icon={<SlidersHorizontal aria-hidden="true" />}
        label={t('queueControl')}
      />
      <NavLink href="/admin/workers" icon={<Cpu aria-hidden="true" />} label={t('workers')} />
      {accounts && (
        <>
          <NavLink href="/admin/people" icon={<Users aria-hidden="true" />} label={t('people')} />
          <NavLink href="/admin/storage" icon={<HardDrive aria-hidden="true" />} label={t('storage')} />
          <NavLink href="/admin/audit" icon={<ScrollText aria-hidden="true" />} label={t('audit')} />
        </>
      )}
    </nav>
  )
}
