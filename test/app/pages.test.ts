import { createTranslator } from 'next-intl'
import { describe, expect, it } from 'vitest'
import { apiErrorOf } from '#app/_components/api/call'
import { bareName, clockLength, fileSize } from '#app/_components/format'
import { safeNext } from '#app/(auth)/_forms/safe-next'
import { eventDetails } from '#app/(portal)/jobs/[id]/_parts/event-text'
import { sourceTime } from '#app/(portal)/jobs/[id]/_parts/source-time'
import { kindOf, sortFiles } from '#app/(portal)/new/_parts/file-kind'
import en from '../../app/_i18n/en.json' with { type: 'json' }
import zh from '../../app/_i18n/zh.json' with { type: 'json' }

const file = (name: string, type = '') => ({ name, type })
const names = (files: { name: string }[]) => files.map(({ name }) => name)

describe('files dropped on a new batch', () => {
  it('go where their kind belongs', () => {
    const sorted = sortFiles([file('a.mp3'), file('b.MOV'), file('c', 'video/webm'), file('d.txt')], null)
    expect(names(sorted.speech)).toEqual(['a.mp3'])
    expect(names(sorted.presenter)).toEqual(['b.MOV', 'c'])
    expect(names(sorted.unknown)).toEqual(['d.txt'])
  })

  it('are what the step says when there is only one, or when they say nothing themselves', () => {
    expect(names(sortFiles([file('voice.mp4', 'video/mp4')], 'speech').speech)).toEqual(['voice.mp4'])
    expect(names(sortFiles([file('strange.bin')], 'presenter').presenter)).toEqual(['strange.bin'])
  })

  it('are sorted even on a step when there are many', () => {
    const { speech, presenter } = sortFiles([file('a.wav'), file('b.mp4')], 'speech')
    expect([names(speech), names(presenter)]).toEqual([['a.wav'], ['b.mp4']])
  })

  it('are known by type before ending', () => {
    expect(kindOf(file('recording.mp4', 'audio/mp4'))).toBe('speech')
  })
})

describe('the source beside the result', () => {
  it('plays forward, then backward, then forward again', () => {
    expect(sourceTime(3, 8)).toEqual({ at: 3, forward: true })
    expect(sourceTime(10, 8)).toEqual({ at: 6, forward: false })
    expect(sourceTime(17, 8)).toEqual({ at: 1, forward: true })
  })

  it('stays on its last frame where the options say so', () => {
    expect(sourceTime(3, 8, 'freeze')).toEqual({ at: 3, forward: true })
    expect(sourceTime(10, 8, 'freeze')).toEqual({ at: 7.96, forward: false })
  })

  it('stands still when its length is not known', () => {
    expect(sourceTime(5, 0)).toEqual({ at: 0, forward: true })
  })
})

describe('the line of a job that is done', () => {
  const say = (locale: 'en' | 'zh', adaptation?: object | null) => {
    const t = createTranslator({ locale, messages: { en, zh }[locale] })
    return eventDetails({ kind: 'succeeded', data: { frames: 3, adaptation } }, t as never, String)
  }

  it('tells whether the engine is tuned to the presenter, and what that brought', () => {
    const [used] = say('en', { before: 0.302, after: 0.43, used: true })
    expect(used).toMatch(/^Tuned to this presenter.*to 43 % instead of 30 %$/)
    expect(say('en', { before: 0.5, after: 0.51, used: false })[0]).toMatch(
      /^Not tuned: .*51 %, untuned 50 %/,
    )
    expect(say('en', null)[0]).toMatch(/no speech in time with the lips/)
    expect(say('zh', { before: 0.302, after: 0.43, used: true })[0]).toMatch(/43%.*30%/)
    expect(say('en')).toEqual([])
  })
})

describe('numbers and names', () => {
  it('reads lengths as minutes and seconds', () => {
    expect([clockLength(0), clockLength(134_000), clockLength(3_734_000)]).toEqual([
      '0:00',
      '2:14',
      '1:02:14',
    ])
  })

  it('reads sizes in the unit that fits', () => {
    expect([fileSize(60), fileSize(12_900_000), fileSize(4_294_967_296n)]).toEqual([
      '60 B',
      '12.9 MB',
      '4.3 GB',
    ])
  })

  it('leaves a file its name without the ending', () => {
    expect([bareName('Elena.final.mp4'), bareName('.mp4'), bareName('Dr. No')]).toEqual([
      'Elena.final',
      '.mp4',
      'Dr. No',
    ])
  })
})

describe('where a sign-in leads', () => {
  const origin = 'http://portal.example:3000'

  it('is a path of this portal', () => {
    expect(safeNext('/batches/1?a=b', origin)).toBe('/batches/1?a=b')
    expect(safeNext(`${origin}/history#old`, origin)).toBe('/history')
    expect(safeNext('/%0a', origin)).toBe('/%0a')
  })

  it.each([
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example/x',
    '/\n/evil.example',
    '/\r\n/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/\t\\evil.example',
    ' //evil.example',
    'http://portal.example:3000@evil.example/',
    'http://portal.example:3001/',
    'javascript:alert(1)',
    'data:text/html,x',
    'http://',
  ])('is the first page for %j', (next) => {
    expect(safeNext(next, origin)).toBe('/')
  })
})

describe('an answer that is not a success', () => {
  it('keeps the code, words and parameters of ours', () => {
    const error = apiErrorOf(422, '{"code":"too_long","message":"No","params":{"seconds":7}}')
    expect([error.code, error.message, error.params]).toEqual(['too_long', 'No', { seconds: 7 }])
  })

  it('knows a lost session and a proxy’s page too', () => {
    expect(apiErrorOf(401, '').code).toBe('signed_out')
    expect(apiErrorOf(502, '<html>Bad gateway</html>').code).toBe('unknown')
  })
})
