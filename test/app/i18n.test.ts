import { describe, expect, it } from 'vitest'
import { pickLocale, pickZone } from '#app/_i18n/locale'
import en from '../../app/_i18n/en.json' with { type: 'json' }
import zh from '../../app/_i18n/zh.json' with { type: 'json' }

type Words = { [key: string]: string | Words }

function leaves(words: Words, prefix = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${prefix}${key}`, value]] : leaves(value, `${prefix}${key}.`),
  )
}

const argumentsOf = (text: string) => [...new Set(text.match(/\{(\w+)(?=[,}])/g))].sort()

describe('the two languages', () => {
  const english = new Map(leaves(en))
  const chinese = new Map(leaves(zh))

  it('have the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('use the same arguments in each text', () => {
    for (const [key, text] of english)
      expect([key, argumentsOf(chinese.get(key)!)]).toEqual([key, argumentsOf(text)])
  })

  it('leave no text empty', () => {
    for (const text of [...english.values(), ...chinese.values()]) expect(text.trim()).not.toBe('')
  })
})

describe('pickLocale', () => {
  it('prefers the choice made in the portal', () => {
    expect(pickLocale('zh', 'en-GB,en;q=0.9')).toBe('zh')
  })

  it('takes the browser’s most wanted language that we speak', () => {
    expect(pickLocale(undefined, 'fr;q=1.0, en;q=0.4, zh-CN;q=0.8')).toBe('zh')
    expect(pickLocale(undefined, 'zh-Hans-CN,zh;q=0.9')).toBe('zh')
  })

  it('falls back to English', () => {
    expect(pickLocale('xx', 'fr, de')).toBe('en')
    expect(pickLocale(undefined, null)).toBe('en')
  })
})

describe('pickZone', () => {
  it('accepts a real time zone and nothing else', () => {
    expect(pickZone('Europe/Berlin')).toBe('Europe/Berlin')
    expect(pickZone('Mars/Olympus')).toBe('UTC')
    expect(pickZone(undefined)).toBe('UTC')
  })
})
