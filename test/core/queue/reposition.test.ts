import fc from 'fast-check'
import { expect, it } from 'vitest'
import { db, transact } from '#core/db'
import { newId } from '#core/ids'
import { enterLineTogether } from '#core/queue/entry'
import { lockLine } from '#core/queue/line'
import { FIRST_TICKET, TICKETS, toPriority } from '#core/queue/ordering'
import { reposition } from '#core/queue/reposition'
import { createAsset, createUser } from '#test/setup/factories'
import { emptyPortal, setUpPortal } from '#test/setup/portal'
import { propertyRuns } from '#test/setup/property-runs'
import { expectSoundQueue } from '#test/setup/queue-invariants'

setUpPortal()

/** A waiting job: of the user whose tags change or of another one, or moved, which has no tag. */
interface Standing {
  whose: 'own' | 'other' | 'moved'
  ticket: number
  tag: number | null
  newTag: number | null
}

/** A line in the order of its tags with moved jobs among them, in which one user's tags then grow or shrink. */
const lines = (gap: fc.Arbitrary<number>): fc.Arbitrary<Standing[]> =>
  fc
    .tuple(
      fc.array(
        fc.record({
          whose: fc.constantFrom('own' as const, 'own' as const, 'other' as const, 'moved' as const),
          gap,
          rise: fc.integer({ min: 0, max: 2 }),
        }),
        { minLength: 3, maxLength: 14, size: 'max' },
      ),
      fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 14, maxLength: 14 }),
    )
    .map(([jobs, wishes]) => {
      let [ticket, tag] = [FIRST_TICKET, 0]
      const own = jobs.filter(({ whose }) => whose === 'own').length
      const newTags = wishes.slice(0, own).sort((a, b) => a - b)
      return jobs.map(({ whose, gap, rise }) => {
        ticket += gap
        tag += rise
        const newTag = whose === 'own' ? newTags.shift()! : tag
        return whose === 'moved' ? { whose, ticket, tag: null, newTag: null } : { whose, ticket, tag, newTag }
      })
    })

/** The order that is due, by the rule alone: the places in the line as indices of what stood there before. */
function dueOrder(line: readonly Standing[]): number[] {
  const others = [...line.keys()].filter((index) => line[index].whose !== 'own')
  const standsRight = (index: number) =>
    others.every((other) => {
      const { tag } = line[other]
      if (tag === null) return true
      return other < index ? tag <= line[index].newTag! : tag >= line[index].newTag!
    })
  const own = [...line.keys()].filter((index) => line[index].whose === 'own')
  const order = [...line.keys()].filter((index) => line[index].whose !== 'own' || standsRight(index))
  // From the last one, so that each finds the next of its own already in place.
  for (const index of own.toReversed()) {
    if (order.includes(index)) continue
    const next = order.findIndex((other) =>
      line[other].whose === 'own'
        ? other > index
        : line[other].newTag !== null && line[other].newTag > line[index].newTag!,
    )
    order.splice(next < 0 ? order.length : next, 0, index)
  }
  return order
}

async function play(line: readonly Standing[]): Promise<void> {
  await emptyPortal()
  const [owner, other] = [await createUser(), await createUser()]
  const speech = await createAsset(owner.id, 'speech')
  const presenter = await createAsset(owner.id, 'presenter')
  const batch = await db().batch.create({ data: { ownerId: owner.id, name: 'Line', speechId: speech.id } })
  const rows = line.map(({ whose, ticket, tag }, ordinal) => ({
    ...{ id: newId(), batchId: batch.id, ownerId: whose === 'own' ? owner.id : other.id, ordinal },
    ...{ presenterId: presenter.id, bossJobId: newId(), band: 'normal' as const, ticket, startTag: tag },
    ...{ priority: toPriority({ band: 'normal', ticket }), pinned: whose === 'moved' },
  }))
  await transact(async (tx) => {
    const locked = await lockLine(tx, 'exclusive')
    await enterLineTogether(locked, await tx.renderJob.createManyAndReturn({ data: rows }))
    for (const [index, { whose, newTag }] of line.entries())
      if (whose === 'own')
        await tx.renderJob.update({ where: { id: rows[index].id }, data: { startTag: newTag } })
    await reposition(locked, owner.id, 'normal')
  })
  const after = await db().renderJob.findMany({ where: { state: 'queued' }, orderBy: { priority: 'desc' } })
  expect(after.map((job) => rows.findIndex(({ id }) => id === job.id))).toEqual(dueOrder(line))
  await expectSoundQueue()
}

it('puts jobs with new tags in the order of tags, and moves nobody else', { timeout: 120_000 }, async () => {
  const wide = fc.integer({ min: 31, max: 90 })
  await fc.assert(fc.asyncProperty(lines(wide), play), { numRuns: propertyRuns(40), endOnFailure: true })
})

it('makes room where there is none', { timeout: 120_000 }, async () => {
  const narrow = fc.constantFrom(1, 1, 1, 2, 3)
  await fc.assert(fc.asyncProperty(lines(narrow), play), { numRuns: propertyRuns(40), endOnFailure: true })
})

it('finds room also at the ends of a band', async () => {
  const jobs = (tickets: number[], newTags: number[]): Standing[] =>
    tickets.map((ticket, at) => ({
      ...{ whose: at === 0 || at === 3 ? ('own' as const) : ('other' as const), ticket },
      ...{ tag: at, newTag: at === 0 || at === 3 ? newTags.shift()! : at },
    }))
  await play(jobs([0, 1, 2, 3], [2.5, 5]))
  await play(jobs([TICKETS - 4, TICKETS - 3, TICKETS - 2, TICKETS - 1], [-1, 1.5]))
  await play(jobs([TICKETS - 4, TICKETS - 3, TICKETS - 2, TICKETS - 1], [4, 5]))
})
