import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cleanName } from '#core/asset/schema'
import { batchRequest } from '#core/batch/schema'
import { visibleName } from '#core/names'
import { inviteRequest, joinRequest } from '#core/user/schema'
import { propertyRuns } from '#test/setup/property-runs'

it.each([
  ['Anna\r\nSet-Cookie: a=b', 'Anna Set-Cookie: a=b'],
  ['invoice\u202egpj.exe', 'invoicegpj.exe'],
  ['\u2066a\u2069 \u200eb\u200f \u061cc', 'a b c'],
  ['Ad\u200bmin\u2060 \ufeffAda\u00ad', 'Admin Ada'],
  ['a\u0000b\u0007c\u0085d', 'a b c d'],
  ['A\u3164\u115f\u034fB', 'AB'],
  ['Ada\u200d\u200c', 'Ada'],
  ['x\u{e0041}\u{e0042}', 'x'],
  ['half \ud83d pair', 'half pair'],
  ['  two   spaces\u2028here ', 'two spaces here'],
  ['\u202e\u200b', ''],
])('%j is shown as %j', (given, shown) => {
  expect(visibleName(given)).toBe(shown)
})

it.each([
  ['👩‍👩‍👧‍👦 family', 'emoji of several'],
  ['👩🏽‍🚀', 'with a colour of skin'],
  ['❤️‍🔥', 'with a variation selector'],
  ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'a flag of tags'],
  ['مرحبا بالعالم', 'Arabic'],
  ['שלום, Anna', 'Hebrew'],
  ['می\u200cخواهم', 'Persian with a non-joiner'],
  ['ക\u0d4d\u200dഷ', 'Malayalam with a joiner'],
  ['葛\u{e0100}城', 'a Japanese variant'],
  ['Đặng Thị Nhũ', 'Vietnamese'],
  ['발표자 김민수', 'Korean'],
])('%s stays (%s)', (name) => {
  expect(visibleName(name)).toBe(name.normalize('NFC'))
})

it('whatever is given, nothing is left that breaks a line or turns the writing, and a second look changes nothing', () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u202e', '\u2067', '\u200d', '\r', '\u200f', '👩', 'ب', '\ufe0f', '\ud800'),
    ),
  )
  fc.assert(
    fc.property(texts, (parts) => {
      const shown = visibleName(parts.join(''))
      expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u200b]/u)
      expect(shown.isWellFormed()).toBe(true)
      expect(visibleName(shown)).toBe(shown)
    }),
    { numRuns: propertyRuns(200) },
  )
})

it('every name that people give goes through it', () => {
  const bad = 'Spring\u202e\r\nlaunch\u200b'
  const id = '01a222fd-8e4a-76b3-9a04-a607f3186de9'
  expect(batchRequest.parse({ name: bad, speechId: id, presenterIds: [id] }).name).toBe('Spring launch')
  expect(inviteRequest.parse({ role: 'member', name: bad }).name).toBe('Spring launch')
  expect(cleanName(`C:\\clips\\${bad}.mp4`)).toBe('Spring launch.mp4')
  expect(cleanName('../\u202e')).toBe('untitled')
  const joining = { token: 't'.repeat(30), name: bad, password: 'p'.repeat(12) }
  expect(joinRequest.parse({ ...joining, email: 'a@b.example' }).name).toBe('Spring launch')
  expect(() => joinRequest.parse({ ...joining, email: 'a\u202e@b.example' })).toThrow('Enter an e-mail')
})
