import { useTranslations } from 'next-intl'
import { Fragment } from 'react'
import { cx } from '#app/_components/ui/cx'

const STAGES = ['speech', 'face', 'render', 'mux'] as const

/** The stages of a render in their order, with the one it is in now. */
export function StageLine({ stage }: { stage: string | null }) {
  const t = useTranslations('stage')
  return (
    <p className="text-xs text-faint">
      {STAGES.map((each, index) => (
        <Fragment key={each}>
          {index > 0 && <span aria-hidden="true"> → </span>}
          <span
            aria-current={each === stage ? 'step' : undefined}
            className={cx(each === stage && 'font-medium text-ink')}
          >
            {t(each)}
          </span>
        </Fragment>
      ))}
    </p>
  )
}
