import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import { fileSize } from '#app/_components/format'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { readRetention } from '#core/retention/rules'
import { freeDiskBytes } from '#core/storage/free-space'
import { listUsers } from '#core/user/data'
import { RulesForm } from './_parts/rules-form.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('storage'))('title') }
}

/** How long what is kept, and who uses how much room. */
export default async function StoragePage() {
  await requireRole('admin', '/admin/storage')
  const [t, rules, users, free] = await Promise.all([
    getTranslations('storage'),
    readRetention(),
    listUsers(),
    freeDiskBytes(),
  ])
  const largest = users.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes)
  return (
    <Page
      title={t('title')}
      below={<p className="text-sm text-muted">{t('free', { size: fileSize(free) })}</p>}
    >
      <Section title={t('rules')}>
        <RulesForm rules={rules} key={JSON.stringify(rules)} />
      </Section>
      <Section title={t('people')}>
        {largest.length > 0 ? (
          <ul className="divide-y rounded-md border bg-surface text-sm">
            {largest.map(({ id, name, bytes }) => (
              <li key={id} className="flex justify-between gap-4 px-4 py-2">
                <span className="truncate">{name}</span>
                <span className="shrink-0 text-muted">{fileSize(bytes)}</span>
              </li>
            ))}
          </ul>
        ) : (
          <p className="text-sm text-muted">{t('nobody')}</p>
        )}
      </Section>
    </Page>
  )
}
