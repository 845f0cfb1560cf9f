'use client'

import { useTranslations } from 'next-intl'
import { useCallback } from 'react'
import { clockLength, fileSize } from '../format.ts'
import { ApiError } from './call.ts'

type Found = ReturnType<typeof useTranslations<'found'>>

/** Turns an error into one sentence of the reader's language: by its code, else as the server put it. */
export function useErrorText(): (error: unknown) => string {
  const t = useTranslations('error')
  const found = useTranslations('found')
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof ApiError)) return t('unknown')
      const key = error.code as 'unknown'
      if (!t.has(key)) return error.status >= 400 && error.status < 500 ? error.message : t('unknown')
      return t(key, wordsOf(error.params, found) as never)
    },
    [t, found],
  )
}

/** The parameters of an error as people read them: sizes, lengths, kinds of files. */
function wordsOf(params: ApiError['params'], found: Found): Record<string, string | number> {
  const length = (seconds: string | number) => clockLength(Number(seconds) * 1000)
  const kind = String(params.found ?? 'unknown')
  return {
    ...params,
    found: found.has(kind as 'text') ? found(kind as 'text') : found('other', { type: kind }),
    size: fileSize(Number(params.bytes ?? 0)),
    maxSize: fileSize(Number(params.maxBytes ?? 0)),
    length: length(params.seconds ?? 0),
    maxLength: length(params.maxSeconds ?? 0),
  }
}
