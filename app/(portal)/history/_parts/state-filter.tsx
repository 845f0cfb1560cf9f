import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { cx } from '#app/_components/ui/cx'
import { ENDED_STATES, type EndedState, historyHref } from './address.ts'

/** Which ended jobs are shown; plain links, so that each choice has an address. */
export function StateFilter({ state }: { state: EndedState | undefined }) {
  const t = useTranslations('history')
  const word = useTranslations('state')
  const choice = (value: EndedState | undefined, label: string) => (
    <Link
      key={label}
      href={historyHref(value)}
      aria-current={state === value ? 'page' : undefined}
      className={cx(
        'rounded-sm px-2.5 py-1 text-sm max-sm:py-2',
        state === value
          ? 'bg-surface font-medium text-ink ring-1 ring-line-strong'
          : 'text-muted hover:text-ink',
      )}
    >
      {label}
    </Link>
  )
  return (
    <nav aria-label={t('filter')} className="flex gap-0.5 rounded-md bg-track p-0.5">
      {choice(undefined, t('all'))}
      {ENDED_STATES.map((each) => choice(each, word(each)))}
    </nav>
  )
}
