import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { Page } from '../../_components/ui/page.tsx'
import { requireUser } from '../../_session/user.ts'
import { NewBatch } from './_parts/new-batch.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('new'))('title') }
}

export default async function NewBatchPage() {
  await requireUser('/new')
  const t = await getTranslations('new')
  return (
    <Page title={t('title')}>
      <NewBatch />
    </Page>
  )
}
