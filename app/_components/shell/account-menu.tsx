'use client'

import { CircleUserRound, LogOut, Settings, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { signOut } from 'next-auth/react'
import { useLocale, useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { cx } from '#app/_components/ui/cx'
import { Menu, MenuChoices, MenuItem, MenuLabel, MenuLine } from '#app/_components/ui/menu.tsx'
import { chooseLocale, chooseTheme, THEMES, type Theme } from './preferences.ts'

const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'zh', label: '中文' },
]

/** For the next browser; this one has its cookie already. */
const keep = (change: object) => void call('PATCH', 'profile', change).catch(() => {})

/** Language, theme and the way out. In the rail with the name beside it, on a phone as one more tab. */
export function AccountMenu({
  name,
  email,
  theme: firstTheme,
  compact,
}: {
  name: string
  email: string
  theme: Theme
  compact?: boolean
}) {
  const t = useTranslations('nav')
  const router = useRouter()
  const locale = useLocale()
  const [theme, setTheme] = useState(firstTheme)
  const trigger = (
    <button
      type="button"
      aria-label={compact ? undefined : `${name}, ${t('account')}`}
      className={cx(
        'flex rounded-md text-muted hover:bg-hover hover:text-ink data-[state=open]:bg-hover',
        compact
          ? 'flex-col items-center gap-0.5 px-2 py-1.5 text-xs'
          : 'w-full items-center gap-2.5 px-2 py-1.5 text-left text-sm',
      )}
    >
      <CircleUserRound aria-hidden="true" className={compact ? 'size-5' : 'size-4 shrink-0'} />
      {compact ? t('more') : <span className="min-w-0 truncate">{name}</span>}
    </button>
  )
  return (
    <Menu trigger={trigger} side="top" align={compact ? 'end' : 'start'}>
      <div className="max-w-60 px-2 py-1.5">
        <p className="truncate font-medium">{name}</p>
        <p className="truncate text-xs text-muted">{email}</p>
      </div>
      <MenuLine />
      <MenuItem asChild>
        <Link href="/profile" prefetch={false}>
          <Settings aria-hidden="true" />
          {t('profile')}
        </Link>
      </MenuItem>
      <MenuItem asChild>
        <Link href="/trash" prefetch={false}>
          <Trash2 aria-hidden="true" />
          {t('trash')}
        </Link>
      </MenuItem>
      <MenuLine />
      <MenuLabel>{t('language')}</MenuLabel>
      <MenuChoices
        value={locale}
        options={LANGUAGES}
        onChange={(next) => {
          chooseLocale(next)
          keep({ locale: next })
          router.refresh()
        }}
      />
      <MenuLine />
      <MenuLabel>{t('theme')}</MenuLabel>
      <MenuChoices
        value={theme}
        options={THEMES.map((value) => ({ value, label: t(`themes.${value}`) }))}
        onChange={(next) => {
          chooseTheme(next)
          keep({ theme: next === 'system' ? null : next })
          setTheme(next)
        }}
      />
      <MenuLine />
      <MenuItem onSelect={() => void signOut({ callbackUrl: '/sign-in' })}>
        <LogOut aria-hidden="true" />
        {t('signOut')}
      </MenuItem>
    </Menu>
  )
}
