import type { Metadata } from 'next'
import Link from 'next/link'
import { getTranslations } from 'next-intl/server'
import { requireRole } from '#app/_auth/user'
import { Empty } from '#app/_components/ui/empty.tsx'
import { Page, Section } from '#app/_components/ui/page.tsx'
import { readCalibration } from '#core/forecast/calibration'
import { Figures } from './_parts/figures.tsx'
import { Scatter } from './_parts/scatter.tsx'
import { Weeks } from './_parts/weeks.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('calibration'))('title') }
}

/** Whether the forecast can be believed: the times that it gave against those that came. */
export default async function ForecastPage() {
  await requireRole('operator', '/admin/forecast')
  const [t, calibration] = await Promise.all([getTranslations('calibration'), readCalibration()])
  return (
    <Page
      title={t('title')}
      above={
        <p className="text-sm text-muted">
          <Link href="/admin/queue" className="hover:underline">
            {t('back')}
          </Link>
        </p>
      }
      below={<p className="mt-1 max-w-[65ch] text-sm text-muted">{t('lead')}</p>}
    >
      {calibration.jobs > 0 ? (
        <>
          <Figures calibration={calibration} />
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-8 lg:grid-cols-2">
            <Section title={t('plot')}>
              <Scatter points={calibration.points} />
            </Section>
            <Section title={t('weeks')}>
              <Weeks weeks={calibration.weeks} />
            </Section>
          </div>
        </>
      ) : (
        <Empty title={t('empty')}>{t('emptyText')}</Empty>
      )}
    </Page>
  )
}
