import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page } from '#app/_components/ui/page.tsx'
import { listSlots } from '#core/worker/slots'
import { BoxPanel } from './_parts/box-panel.tsx'
import { SlotCard } from './_parts/slot-card.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('workers'))('title') }
}

/** Every slot: what it is, what it does, which engines it has, and whether it should take jobs. */
export default async function WorkersPage() {
  await requireRole('operator', '/admin/workers')
  const [t, slots] = await Promise.all([getTranslations('workers'), listSlots()])
  return (
    <Page title={t('title')}>
      {slots.length > 0 ? (
        <ul className="grid gap-4">
          {slots.map((slot) => (
            <SlotCard key={slot.id} slot={slot} />
          ))}
        </ul>
      ) : (
        <Empty title={t('empty')}>{t('emptyText')}</Empty>
      )}
      <BoxPanel />
    </Page>
  )
}
