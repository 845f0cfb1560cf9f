import fc from 'fast-check'
import type { Band } from '#core/queue/ordering'
import { BANDS } from '#core/queue/ordering'
import type { QueuePolicy } from '#prisma/enums'

/** What may happen to the line. `pick` and `other` choose jobs among those that it can happen to. */
export type Step =
  | { kind: 'send'; user: number; presenters: number[]; band: Band }
  | { kind: 'claim' }
  | { kind: 'front' | 'cancel' | 'age'; pick: number }
  | { kind: 'before' | 'after'; pick: number; other: number }
  | { kind: 'band'; pick: number; band: Band }
  | { kind: 'succeed' | 'fail' | 'retry' | 'release' | 'lose' | 'stop'; pick: number; seconds: number }
  | { kind: 'resubmit'; pick: number; band: Band | null }
  | { kind: 'policy'; policy: QueuePolicy }
  | { kind: 'weight'; user: number; weight: number }

export const USERS = 3
/** Presenters that each user has, of different cost. */
export const PRESENTERS = 4

const pick = fc.nat({ max: 1000 })
const user = fc.nat({ max: USERS - 1 })
const band = fc.constantFrom(...BANDS)
const is = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds)

const send = fc.record({
  kind: is('send'),
  user,
  presenters: fc.array(fc.nat({ max: PRESENTERS - 1 }), { minLength: 1, maxLength: 4 }),
  band: fc.oneof({ weight: 4, arbitrary: fc.constant('normal' as const) }, band),
})
const ends = is('succeed', 'fail', 'retry', 'release', 'lose', 'stop')

const step = (policies: QueuePolicy[]): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 4, arbitrary: send },
    { weight: 6, arbitrary: fc.record({ kind: is('claim') }) },
    { weight: 6, arbitrary: fc.record({ kind: ends, pick, seconds: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: is('front', 'cancel'), pick }) },
    { weight: 4, arbitrary: fc.record({ kind: is('before', 'after'), pick, other: pick }) },
    { weight: 3, arbitrary: fc.record({ kind: is('band'), pick, band }) },
    { weight: 1, arbitrary: fc.record({ kind: is('age'), pick }) },
    { weight: 2, arbitrary: fc.record({ kind: is('resubmit'), pick, band: fc.option(band) }) },
    { weight: 1, arbitrary: fc.record({ kind: is('weight'), user, weight: fc.constantFrom(0.5, 1, 2) }) },
    ...(policies.length > 1
      ? [{ weight: 2, arbitrary: fc.record({ kind: is('policy'), policy: fc.constantFrom(...policies) }) }]
      : []),
  )

/** A handful of steps, after two users have sent something. */
export function scenario(
  policies: QueuePolicy[],
  { most = 16 }: { most?: number } = {},
): fc.Arbitrary<Step[]> {
  const first: Step[] = [0, 1].map((who) => ({
    kind: 'send',
    user: who,
    presenters: [who, 2, 3],
    band: 'normal',
  }))
  return fc
    .array(step(policies), { minLength: 3, maxLength: most, size: 'max' })
    .map((steps) => [...first, ...steps])
}
