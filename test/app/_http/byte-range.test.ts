import { describe, expect, it } from 'vitest'
import { rangeOf } from '#app/_http/byte-range'
import { attachment } from '#app/_http/media-response'

const range = (value?: string, more: Record<string, string> = {}) =>
  rangeOf(new Headers({ ...(value ? { range: value } : {}), ...more }), '"tag"', 100)

describe('a Range header', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=10-', { start: 10, end: 99 }],
    ['bytes=10-500', { start: 10, end: 99 }],
    ['bytes=-30', { start: 70, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=99-', { start: 99, end: 99 }],
  ])('%s names bytes', (value, expected) => expect(range(value)).toEqual(expected))

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0'])('%s lies outside', (value) =>
    expect(range(value)).toBe('unsatisfiable'),
  )

  it.each([
    undefined,
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,5-6',
    'items=0-1',
    'xbytes=0-1',
    'bytes=a-b',
  ])('%s asks for the whole file', (value) => expect(range(value)).toBeNull())

  it('counts only while If-Range names the same content', () => {
    expect(range('bytes=0-1', { 'if-range': '"tag"' })).toEqual({ start: 0, end: 1 })
    expect(range('bytes=0-1', { 'if-range': '"other"' })).toBeNull()
  })
})

describe('a download name', () => {
  it('survives every script and cannot break out of its header', () => {
    const header = attachment('春季 "launch"; – Zoë\r\nX: y.mp4')
    expect(header).toMatch(/^attachment; filename="[ -~]*"; filename\*=UTF-8''[A-Za-z0-9%._~!$&+^`|-]+$/)
    expect(decodeURIComponent(header.split("UTF-8''")[1])).toBe('春季 "launch"; – Zoë X: y.mp4')
    expect(attachment('song\u202e3pm.exe')).toMatch(/filename="song3pm.exe"; filename\*=UTF-8''song3pm.exe$/)
    expect(header.split('"')).toHaveLength(3)
  })
})
