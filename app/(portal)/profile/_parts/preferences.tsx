'use client'

import { useRouter } from 'next/navigation'
import { useLocale, useTimeZone, useTranslations } from 'next-intl'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { chooseLocale, chooseTheme, chooseZone, isTheme, THEMES } from '#app/_components/shell/preferences'
import { Select } from '#app/_components/ui/select.tsx'

const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'zh', label: '中文' },
]

/** Language, theme and time zone: changed here at once, and kept for the next browser. */
export function Preferences({
  theme,
  zone,
  zones,
}: {
  theme: string | null
  zone: string | null
  zones: string[]
}) {
  const t = useTranslations('profile')
  const nav = useTranslations('nav')
  const locale = useLocale()
  const here = useTimeZone()
  const router = useRouter()
  const { run, pending } = useAction()
  const save = (change: object, apply: () => void) =>
    run(async () => {
      await call('PATCH', 'profile', change)
      apply()
      router.refresh()
    }, t('saved'))
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <Select
        id="language"
        label={nav('language')}
        choices={LANGUAGES}
        value={locale}
        disabled={pending}
        onChoose={(next) => save({ locale: next }, () => chooseLocale(next))}
      />
      <Select
        id="theme"
        label={nav('theme')}
        choices={THEMES.map((value) => ({ value, label: nav(`themes.${value}`) }))}
        value={theme ?? 'system'}
        disabled={pending}
        onChoose={(next) =>
          save({ theme: next === 'system' ? null : next }, () => isTheme(next) && chooseTheme(next))
        }
      />
      <Select
        id="zone"
        label={t('zone')}
        choices={[
          { value: '', label: t('zoneAuto') },
          ...zones.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
        ]}
        value={zone ?? ''}
        hint={zone ? undefined : here?.replaceAll('_', ' ')}
        disabled={pending}
        onChoose={(next) => save({ zone: next || null }, () => chooseZone(next || null))}
      />
    </div>
  )
}
