import { Check, Minus } from 'lucide-react'
import { getTranslations } from 'next-intl/server'
import { Section } from '#app/_components/ui/page.tsx'
import { type BoxMeasure, boxReport } from '#core/media/box-report'

/** What keeps uploaded files in their box on the server of the pages, and what to do about what is missing. */
export async function BoxPanel() {
  const [t, measures] = await Promise.all([getTranslations('box'), boxReport().catch(() => null)])
  return (
    <Section title={t('title')}>
      <p className="max-w-prose text-sm text-muted">{t('lead')}</p>
      {measures ? (
        <ul className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
          {measures.map((measure) => (
            <Row key={measure.name} measure={measure} />
          ))}
        </ul>
      ) : (
        <p className="text-sm text-amber">{t('noFfmpeg')}</p>
      )}
    </Section>
  )
}

async function Row({ measure: { name, inForce, by, remedy } }: { measure: BoxMeasure }) {
  const t = await getTranslations('box')
  return (
    <li className="flex min-w-0 gap-2 text-sm">
      {inForce ? (
        <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-accent" />
      ) : (
        <Minus aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-amber" />
      )}
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <p className="flex flex-wrap gap-x-2">
          <span className={inForce ? 'font-medium' : 'text-muted'}>{t(`measures.${name}`)}</span>
          <span className={inForce ? 'text-faint' : 'text-amber'}>{inForce ? by : t('missing')}</span>
        </p>
        {remedy && <p className="text-muted">{t(`remedies.${remedy}`)}</p>}
      </div>
    </li>
  )
}
