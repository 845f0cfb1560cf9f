'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { Button } from '#app/_components/ui/button.tsx'
import { Select } from '#app/_components/ui/select.tsx'
import { ENGINE_NAMES, type EngineName } from '#core/engine/options'
import { BANDS } from './bands.ts'
import { FILTER_STATES, filterHref, isFiltered, type JobFilter, OPEN } from './filter.ts'

interface Named {
  id: string
  name: string
}

/** Which jobs are shown; every choice is in the address, so that a link shares it. */
export function Filters({
  filter,
  owners,
  batches,
}: {
  filter: JobFilter
  owners: Named[]
  batches: Named[]
}) {
  const t = useTranslations('table')
  const state = useTranslations('state')
  const band = useTranslations('band')
  const engine = useTranslations('options.engines')
  const router = useRouter()
  const go = (change: Partial<JobFilter>) =>
    router.replace(filterHref({ ...filter, ...change }), { scroll: false })
  const any = { value: '', label: t('any') }
  const named = (all: Named[]) => [any, ...all.map(({ id, name }) => ({ value: id, label: name }))]
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these only belong together.
    <div
      role="group"
      aria-label={t('filters')}
      className="grid grid-cols-2 items-end gap-2 sm:flex sm:flex-wrap"
    >
      <Select
        id="filter-state"
        label={t('filterState')}
        className="sm:w-56"
        value={filter.states.length === 1 ? filter.states[0] : ''}
        choices={[
          { value: '', label: t('open') },
          ...FILTER_STATES.map((value) => ({ value, label: state(value) })),
        ]}
        onChoose={(value) => go({ states: value ? [value as 'queued'] : OPEN, batchId: undefined })}
      />
      <Select
        id="filter-owner"
        label={t('filterOwner')}
        className="sm:w-40"
        value={filter.ownerId ?? ''}
        choices={named(owners)}
        onChoose={(value) => go({ ownerId: value || undefined })}
      />
      <Select
        id="filter-band"
        label={t('filterBand')}
        className="sm:w-28"
        value={filter.band ?? ''}
        choices={[any, ...BANDS.map((value) => ({ value, label: band(value) }))]}
        onChoose={(value) => go({ band: (value || undefined) as JobFilter['band'] })}
      />
      <Select
        id="filter-engine"
        label={t('filterEngine')}
        className="sm:w-36"
        value={filter.engine ?? ''}
        choices={[any, ...ENGINE_NAMES.map((value) => ({ value, label: engine(value) }))]}
        onChoose={(value) => go({ engine: (value || undefined) as EngineName | undefined })}
      />
      <Select
        id="filter-batch"
        label={t('filterBatch')}
        className="sm:w-56"
        value={filter.batchId ?? ''}
        choices={named(batches)}
        onChoose={(value) => go({ batchId: value || undefined })}
      />
      {isFiltered(filter) && (
        <Button look="quiet" onClick={() => router.replace('/admin/queue', { scroll: false })}>
          {t('reset')}
        </Button>
      )}
    </div>
  )
}
