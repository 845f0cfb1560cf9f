import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BANDS } from '#core/queue/ordering'
import { pinnedInto } from '#core/queue/pinned'

const lineOf = fc.array(fc.record({ band: fc.constantFrom(...BANDS.slice(1, 3)), pinned: fc.boolean() }), {
  maxLength: 14,
})

it('a moved job stays in front of what it was in front of, and as near to it as that allows', () => {
  fc.assert(
    fc.property(lineOf, fc.array(fc.nat(), { minLength: 14, maxLength: 14 }), (line, keys) => {
      const others = line.filter((job) => !job.pinned)
      const order = others.toSorted((a, b) => keys[line.indexOf(a)] - keys[line.indexOf(b)])
      const result = pinnedInto(order, line)
      expect(result).toHaveLength(line.length)
      expect(result.filter((job) => !job.pinned)).toEqual(order)
      for (const [at, job] of line.entries()) {
        if (!job.pinned) continue
        const behind = line.slice(at + 1).filter((other) => other.band === job.band)
        for (const other of behind) expect(result.indexOf(job)).toBeLessThan(result.indexOf(other))
        const next = result.slice(result.indexOf(job)).find((other) => !other.pinned)
        if (behind.some((other) => !other.pinned)) expect(behind).toContain(next)
        else expect(next).toBeUndefined()
      }
    }),
    { numRuns: 2000 },
  )
})
