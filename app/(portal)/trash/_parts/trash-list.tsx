'use client'

import { Clapperboard, File, Layers, RotateCcw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { bareName, fileSize } from '#app/_components/format'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { Confirm } from '#app/_components/ui/confirm.tsx'
import { useTrash } from '#app/_jobs/use-trash'
import type { TrashJson } from '#app/_serial/trash'

const ICONS = { batch: Layers, job: Clapperboard, asset: File }

/** What is in the trash, each to be brought back or deleted for good. */
export function TrashList({ items }: { items: TrashJson[] }) {
  const t = useTranslations('trash')
  const action = useTranslations('action')
  const { restore, deleteNow, pending } = useTrash()
  return (
    <ul className="divide-y rounded-md border bg-surface">
      {items.map((item) => {
        const Icon = ICONS[item.kind]
        const name = item.kind === 'batch' ? item.name : bareName(item.name)
        return (
          <li
            key={item.id}
            data-trash={item.id}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5"
          >
            <Icon aria-hidden="true" className="size-4 shrink-0 text-muted" />
            <div className="min-w-40 flex-1 max-sm:basis-3/4">
              <p className="truncate font-medium" title={item.name}>
                {name}
              </p>
              <p className="text-sm text-muted [overflow-wrap:anywhere]">
                {t(`kind.${item.kind}`, { n: item.videos ?? 0, batch: item.batchName ?? '' })}
                {item.bytes > 0 && ` · ${fileSize(item.bytes)}`}
                {' · '}
                {t.rich('goes', { when: () => <Clock at={new Date(item.goesAt)} /> })}
              </p>
            </div>
            <div className="flex gap-2 max-sm:pl-8">
              <Button
                size="sm"
                disabled={pending}
                aria-label={`${t('restore')}: ${name}`}
                onClick={() => restore(item.id)}
              >
                <RotateCcw aria-hidden="true" />
                {t('restore')}
              </Button>
              <Confirm
                trigger={
                  <Button
                    size="sm"
                    look="danger"
                    disabled={pending}
                    aria-label={`${t('deleteNow')}: ${name}`}
                  >
                    {t('deleteNow')}
                  </Button>
                }
                title={t('nowTitle')}
                text={t('nowText', { name })}
                keepLabel={action('keep')}
                doLabel={t('deleteNow')}
                onConfirm={() => deleteNow(item.id)}
              />
            </div>
          </li>
        )
      })}
    </ul>
  )
}
