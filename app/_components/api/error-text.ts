'use client'

import { useFormatter, useLocale, useTranslations } from 'next-intl'
import { useCallback } from 'react'
import { ApiError } from './call.ts'
import { errorWords } from './error-words.ts'

type Invalid = ReturnType<typeof useTranslations<'invalid'>>

/** Turns an error into one sentence of the reader's language: by its code, else as the server put it. */
export function useErrorText(): (error: unknown) => string {
  const t = useTranslations('error')
  const found = useTranslations('found')
  const invalid = useTranslations('invalid')
  const locale = useLocale()
  const waitText = useWaitText()
  const format = useFormatter()
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof ApiError)) return t('unknown')
      const key = error.code as 'unknown'
      const clock = (at: Date) =>
        format.dateTime(at, {
          month: 'short',
          day: 'numeric',
          ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
        })
      const kindOf = (kind: string) =>
        found.has(kind as 'text') ? found(kind as 'text') : found('other', { type: kind })
      if (error.code === 'invalid_request') return invalidText(error, invalid, locale)
      if (!t.has(key)) return error.status >= 400 && error.status < 500 ? error.message : t('unknown')
      return t(key, {
        ...errorWords(error.params, { kindOf, clock }),
        wait: waitText(Number(error.params.seconds ?? 60)),
      } as never)
    },
    [t, found, invalid, locale, waitText, format],
  )
}

/** How long to wait, in words: "45 seconds", "12 minutes". */
export function useWaitText(): (seconds: number) => string {
  const t = useTranslations('time')
  return useCallback(
    (seconds: number) =>
      seconds < 90 ? t('seconds', { n: Math.ceil(seconds) }) : t('minutes', { n: Math.ceil(seconds / 60) }),
    [t],
  )
}

/** What is wrong with what was sent, by the field; the server's own sentence for those who read English. */
function invalidText({ params, message }: ApiError, t: Invalid, locale: string): string {
  const fields = String(params.field ?? '').split('.')
  const known = fields.find((field) => t.has(field as 'other'))
  if (known) return t(known as 'other')
  return locale === 'en' && message ? message : t('other')
}
