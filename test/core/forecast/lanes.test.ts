import { describe, expect, it } from 'vitest'
import { type LaneJob, layLanes } from '#core/forecast/lanes'

const slots = [
  { id: 'cpu', engines: ['mouth'] },
  { id: 'gpu', engines: ['mouth', 'wav2lip'] },
]
const job = (id: string, startAt: number, finishAt: number, more: Partial<LaneJob> = {}): LaneJob => ({
  ...{ id, startAt, finishAt, engine: 'mouth', slotId: null },
  ...more,
})
const laid = (...jobs: LaneJob[]) =>
  Object.fromEntries(
    [...layLanes(slots, jobs)].map(([id, blocks]) => [
      id,
      blocks.map((block) => [block.id, block.startAt, block.finishAt]),
    ]),
  )

describe('the picture of the line', () => {
  it('puts each waiting job where a slot is free first, behind what runs there', () => {
    expect(
      laid(
        job('a', 0, 100, { slotId: 'cpu' }),
        job('b', 0, 40, { slotId: 'gpu' }),
        job('c', 40, 70),
        job('d', 70, 90),
        job('e', 90, 120),
      ),
    ).toEqual({
      cpu: [['a', 0, 100]],
      gpu: [
        ['b', 0, 40],
        ['c', 40, 70],
        ['d', 70, 90],
        ['e', 90, 120],
      ],
    })
  })

  it('lets no block begin before the one in front of it ends', () => {
    expect(laid(job('a', 0, 50, { slotId: 'gpu' }), job('b', 30, 60, { engine: 'wav2lip' }))).toEqual({
      cpu: [],
      gpu: [
        ['a', 0, 50],
        ['b', 50, 80],
      ],
    })
  })

  it('leaves out what no slot can take', () => {
    expect(laid(job('a', 0, 50, { engine: 'heygem' }))).toEqual({ cpu: [], gpu: [] })
  })
})
