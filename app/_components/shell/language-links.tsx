'use client'

import { useRouter } from 'next/navigation'
import { useLocale, useTranslations } from 'next-intl'
import { cx } from '#app/_components/ui/cx'
import { chooseLocale } from './preferences.ts'

/** Both languages side by side, for pages without the account menu. */
export function LanguageLinks() {
  const t = useTranslations('nav')
  const locale = useLocale()
  const router = useRouter()
  const link = (value: string, label: string) => (
    <button
      type="button"
      lang={value}
      aria-pressed={locale === value}
      onClick={() => {
        chooseLocale(value)
        router.refresh()
      }}
      className={cx('rounded-sm px-2 py-1', locale === value ? 'text-ink' : 'text-muted hover:text-ink')}
    >
      {label}
    </button>
  )
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these two only belong together.
    <div role="group" aria-label={t('language')} className="flex gap-1 text-sm">
      {link('en', 'English')}
      {link('zh', '中文')}
    </div>
  )
}
