'use client'

import { useTranslations } from 'next-intl'
import { Dialog } from '#app/_components/ui/dialog.tsx'

const SHEET = [
  ['move', ['j', 'k']],
  ['select', ['x']],
  ['open', ['o']],
  ['front', ['f']],
  ['band', ['1', '2', '3', '4']],
  ['pause', ['p']],
  ['cancel', ['c']],
  ['clear', ['Esc']],
  ['help', ['?']],
] as const

/** The table's keys. */
export function ShortcutsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTranslations('table')
  const action = useTranslations('action')
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title={t('shortcuts')}
      text={t('keysText')}
      closeLabel={action('close')}
    >
      <dl className="grid gap-2 text-sm">
        {SHEET.map(([name, keys]) => (
          <div key={name} className="flex items-center justify-between gap-4">
            <dt>{t(`keys.${name}`)}</dt>
            <dd className="flex shrink-0 gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded-sm border bg-page px-1.5 text-center font-mono text-xs leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
