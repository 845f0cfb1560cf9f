import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { readLimits, readUsage } from '#core/queue/limits'
import { defaultEngine } from '#core/render-job/default-engine'
import { Page } from '../../_components/ui/page.tsx'
import { limitsJson } from '../../_serial/limits.ts'
import { requireUser } from '../../_session/user.ts'
import { readEngineChoices } from './_parts/engine-choices.ts'
import { NewBatch } from './_parts/new-batch.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('new'))('title') }
}

export default async function NewBatchPage() {
  const user = await requireUser('/new')
  const [t, engines, limits, usage] = await Promise.all([
    getTranslations('new'),
    readEngineChoices(),
    readLimits(),
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
