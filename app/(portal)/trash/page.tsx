import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { requireUser } from '#app/_auth/user'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page } from '#app/_components/ui/page.tsx'
import { trashJson } from '#app/_serial/trash'
import { readRetention } from '#core/retention/rules'
import { listTrash } from '#core/trash/data'
import { EmptyTrash } from './_parts/empty-trash.tsx'
import { TrashList } from './_parts/trash-list.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('trash'))('title') }
}

/** What one deleted and can still have back. */
export default async function TrashPage() {
  const user = await requireUser('/trash')
  const [t, items, { trashDays }] = await Promise.all([
    getTranslations('trash'),
    listTrash(user.id),
    readRetention(),
  ])
  return (
    <Page
      title={t('title')}
      below={<p className="text-sm text-muted">{t('text', { n: trashDays })}</p>}
      actions={items.length > 0 && <EmptyTrash n={items.length} />}
    >
      {items.length > 0 ? <TrashList items={trashJson(items, trashDays)} /> : <Empty title={t('empty')} />}
    </Page>
  )
}
