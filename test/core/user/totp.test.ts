import { describe, expect, it } from 'vitest'
import { base32, newTotpSecret, stepAt, stepOf, totpAddress, totpCode } from '#core/user/totp'

/** RFC 6238, appendix B: SHA-1; the last six of its eight figures. */
const RFC_SECRET = Buffer.from('12345678901234567890')
const RFC_CODES: [number, string][] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
]

describe('codes that change with time', () => {
  it.each(RFC_CODES)('are those of RFC 6238 at %d s', (seconds, code) => {
    expect(totpCode(RFC_SECRET, stepAt(seconds * 1000))).toBe(code)
  })

  it('count one step early and late, no further, and none that is not after the last one used', () => {
    const [secret, now] = [newTotpSecret(), 1_764_000_000_000]
    const step = stepAt(now)
    const taken = (off: number, last = 0) => stepOf(secret, totpCode(secret, step + off), last, now)
    expect([-2, -1, 0, 1, 2].map((off) => taken(off))).toEqual([null, step - 1, step, step + 1, null])
    expect([-1, 0, 1].map((off) => taken(off, step))).toEqual([null, null, step + 1])
    for (const wrong of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
      expect(stepOf(secret, wrong, 0, now)).toBeNull()
  })
})

it('tells an app its secret as RFC 4648 writes it', () => {
  expect(base32(Buffer.from('foobarfoob'))).toBe('MZXW6YTBOJTG633C')
  expect(totpAddress(RFC_SECRET, 'ada+x@example.org')).toBe(
    'otpauth://totp/Greenroom:ada%2Bx%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Greenroom',
  )
})
