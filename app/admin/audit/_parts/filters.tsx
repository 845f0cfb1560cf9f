'use client'

import { Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { Button } from '#app/_components/ui/button.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { auditHref } from './address.ts'
import type { Filter } from './filter.ts'

interface Named {
  id: string
  name: string
}

/** Which entries are shown; every choice is in the address, so that a link shares it. */
export function Filters({
  filter,
  people,
  actions,
  subjects,
}: {
  filter: Filter
  people: Named[]
  actions: readonly string[]
  subjects: readonly string[]
}) {
  const t = useTranslations('auditPage')
  const table = useTranslations('table')
  const router = useRouter()
  const go = (change: Partial<Filter>) =>
    router.replace(auditHref({ ...filter, ...change }), { scroll: false })
  const any = { value: '', label: table('any') }
  const persons = [any, ...people.map(({ id, name }) => ({ value: id, label: name }))]
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these only belong together.
    <div
      role="group"
      aria-label={table('filters')}
      className="grid grid-cols-2 items-end gap-2 sm:flex sm:flex-wrap"
    >
      <Select
        id="audit-who"
        label={t('who')}
        className="sm:w-40"
        value={filter.who ?? ''}
        choices={persons}
        onChoose={(who) => go({ who: who || undefined })}
      />
      <Select
        id="audit-on"
        label={t('on')}
        className="sm:w-32"
        value={filter.on ?? ''}
        choices={[
          any,
          ...subjects.map((value) => ({ value, label: t(`subjects.${value}` as 'subjects.job') })),
        ]}
        onChoose={(on) => go({ on: (on || undefined) as Filter['on'] })}
      />
      <Select
        id="audit-action"
        label={t('action')}
        className="sm:w-48"
        value={filter.action ?? ''}
        choices={[
          any,
          ...actions.map((value) => ({
            value,
            label: t(`actions.${value.replace('.', '_')}` as 'actions.job_band'),
          })),
        ]}
        onChoose={(action) => go({ action: (action || undefined) as Filter['action'] })}
      />
      <Select
        id="audit-whose"
        label={t('whose')}
        className="sm:w-40"
        value={filter.whose ?? ''}
        choices={persons}
        onChoose={(whose) => go({ whose: whose || undefined })}
      />
      {(['since', 'until'] as const).map((end) => (
        <Day
          key={end}
          id={`audit-${end}`}
          label={t(end)}
          value={filter[end]}
          onChoose={(day) => go({ [end]: day })}
        />
      ))}
      <Words key={filter.q} value={filter.q} onSearch={(q) => go({ q: q || undefined })} />
      {Object.keys(filter).length > 0 && (
        <Button
          look="quiet"
          className="justify-self-start"
          onClick={() => router.replace('/admin/audit', { scroll: false })}
        >
          {table('reset')}
        </Button>
      )}
    </div>
  )
}

const SMALL_INPUT =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink ' +
  'placeholder:text-faint focus-visible:outline-offset-0 max-sm:h-10'

function Day({
  id,
  label,
  value,
  onChoose,
}: {
  id: string
  label: string
  value: string | undefined
  onChoose: (day: string | undefined) => void
}) {
  return (
    <div className="grid min-w-0 gap-1 sm:w-36">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        type="date"
        value={value ?? ''}
        onChange={(event) => onChoose(event.target.value || undefined)}
        className={SMALL_INPUT}
      />
    </div>
  )
}

function Words({ value, onSearch }: { value: string | undefined; onSearch: (words: string) => void }) {
  const t = useTranslations('auditPage')
  return (
    <form
      className="col-span-2 grid min-w-0 gap-1 sm:w-72"
      onSubmit={(event) => {
        event.preventDefault()
        onSearch(String(new FormData(event.currentTarget).get('q')).trim())
      }}
    >
      <label htmlFor="audit-words" className="truncate text-sm font-medium">
        {t('search')}
      </label>
      <div className="flex gap-1">
        <input
          id="audit-words"
          name="q"
          type="search"
          maxLength={200}
          defaultValue={value}
          className={SMALL_INPUT}
        />
        <Button type="submit" aria-label={t('find')}>
          <Search aria-hidden="true" />
        </Button>
      </div>
    </form>
  )
}
