import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { requireUser } from '#app/_auth/user'
import { Page } from '#app/_components/ui/page.tsx'
import { limitsJson } from '#app/_serial/limits'
import { defaultEngine } from '#core/engine/default-engine'
import { limitsOf, readUsage } from '#core/limits/limits'
import { readEngineChoices } from './_parts/engine-choices.ts'
import { NewBatch } from './_parts/new-batch.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('new'))('title') }
}

export default async function NewBatchPage() {
  const user = await requireUser('/new')
  const [t, engines, limits, usage] = await Promise.all([
    getTranslations('new'),
    readEngineChoices(user),
    limitsOf(user.id),
    readUsage(user.id),
  ])
  return (
    <Page title={t('title')}>
      <NewBatch
        setting={{
          ...{ role: user.role, engines, defaultEngine: defaultEngine() },
          allowance: limitsJson(limits, usage),
        }}
      />
    </Page>
  )
}
