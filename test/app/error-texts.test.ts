import { createTranslator } from 'next-intl'
import { expect, it } from 'vitest'
import { errorWords } from '#app/_components/api/error-words'
import { PROBLEM_CODES } from '#app/_http/problem'
import { jobErrorText } from '#app/_jobs/job-error-text'
import type { Refusal } from '#core/limits/refusal'
import type { MediaErrorParams } from '#core/media/errors'
import { ERROR_CODES, type ErrorCode } from '#core/render-job/error-codes'
import en from '../../app/_i18n/en.json' with { type: 'json' }
import zh from '../../app/_i18n/zh.json' with { type: 'json' }

const CATALOGUES = { en, zh }
const argumentsOf = (text: string) => [...text.matchAll(/\{(\w+)(?=[,}])/g)].map(([, name]) => name)

/** Texts that say more than the code: their codes. */
const FINER: Record<string, ErrorCode> = { face_too_seldom: 'no_face' }

it.each(['en', 'zh'] as const)(
  '%s: every error of a render has its text, with parameters that it has',
  (locale) => {
    const texts: Record<string, string> = CATALOGUES[locale].jobError
    const codes = Object.keys(ERROR_CODES) as ErrorCode[]
    expect(Object.keys(texts).sort()).toEqual([...codes, ...Object.keys(FINER), 'unknown'].sort())
    for (const [key, text] of Object.entries(texts)) {
      const params = key === 'unknown' ? {} : ERROR_CODES[FINER[key] ?? (key as ErrorCode)].params.shape
      for (const name of argumentsOf(text))
        expect([key, Object.keys(params)]).toEqual([key, expect.arrayContaining([name])])
    }
  },
)

it.each(['en', 'zh'] as const)('%s: a text says the values that came with the error', (locale) => {
  const t = createTranslator({ locale, messages: CATALOGUES[locale], namespace: 'jobError' })
  const errorParams = { role: 'presenter', width: 7680, height: 4320 }
  expect(jobErrorText({ errorCode: 'too_many_pixels', errorParams }, t)).toContain('7680 × 4320')
  expect(jobErrorText({ errorCode: 'of_tomorrow', errorParams }, t)).toBe(t('unknown'))
})

const MEDIA: MediaErrorParams = {
  empty_file: {},
  not_media: { found: 'text', accepted: 'mp4' },
  wrong_kind: { kind: 'speech', found: 'video', accepted: 'mp3' },
  unreadable: { container: 'mp4', detail: 'no' },
  too_large: { bytes: 2, maxBytes: 1 },
  too_long: { seconds: 2, maxSeconds: 1 },
  too_short: { seconds: 1, minSeconds: 2 },
  too_many_pixels: { width: 1, height: 1, maxPixels: 0 },
  cover_too_large: { width: 1, height: 1, maxPixels: 0 },
  side_too_long: { width: 1, height: 1, maxSide: 0 },
  too_small: { width: 1, height: 1, minSide: 2 },
  too_few_pictures: { fps: 0.5, minFps: 1 },
  too_many_streams: { maxStreams: 1 },
  no_audio_stream: { found: 'mp4' },
  no_video_stream: { found: 'mp4' },
  unsupported_codec: { codec: 'png', accepted: 'h264' },
  mirrored: {},
}

const LIMITS: { [Code in Refusal['code']]: Extract<Refusal, { code: Code }>['params'] } = {
  queue_full: { waiting: 1, limit: 1, asked: 1 },
  too_many_waiting: { waiting: 1, limit: 1, asked: 1 },
  gpu_quota_reached: { usedMinutes: 1, askedMinutes: 1, limitMinutes: 1, freesAt: '2026-01-01T00:00:00Z' },
  disk_low: { freeBytes: 1, minFreeBytes: 2 },
  storage_full: { usedBytes: 1, askedBytes: 1, limitBytes: 1 },
  too_many_uploads: { open: 1, limit: 1 },
}

/** Of uploads, and of the page itself where no answer comes. */
const OTHERS = ['bad_metadata', 'disk_full', 'network', 'unknown', 'upload_protocol']

it.each(['en', 'zh'] as const)(
  '%s: every problem of the API has its text, with parameters that it has',
  (locale) => {
    const texts: Record<string, string> = CATALOGUES[locale].error
    const params: Record<string, Record<string, string | number>> = {
      ...Object.fromEntries([...PROBLEM_CODES, ...OTHERS].map((code) => [code, {}])),
      ...{ ...MEDIA, ...LIMITS, rate_limited: { wait: '1 minute' } },
    }
    // It has a text for each field: the catalogues' `invalid`.
    delete params.invalid_request
    expect(Object.keys(texts).sort()).toEqual(Object.keys(params).sort())
    for (const [code, text] of Object.entries(texts)) {
      const words = errorWords(params[code], { kindOf: (kind) => kind, clock: String })
      for (const name of argumentsOf(text))
        expect([code, Object.keys(words)]).toEqual([code, expect.arrayContaining([name])])
    }
  },
)
