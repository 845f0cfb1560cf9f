import { afterAll, expect, test } from 'vitest'
import { closeDb } from '#core/db'
import { expectSoundQueue } from '#test/setup/queue-invariants'
import { tableOf } from '#tools/measure/check'
import { checksOf, detailsOf } from '#tools/soak/report'
import { runSoak } from '#tools/soak/soak'

afterAll(closeDb)

/** The short form of `npm run soak`: every kind of kill at least once. */
test('nothing is lost, doubled or left over when processes are killed at random moments', {
  timeout: 240_000,
}, async () => {
  const report = await runSoak({ kills: 8, seed: 20_260, everySeconds: 2, inspect: expectSoundQueue })
  const { lost, doubled, unplayable, zombies, broken, leftovers } = report.findings
  console.log([tableOf(checksOf(report)), ...detailsOf(report)].join('\n'))
  expect({ lost, doubled, unplayable, zombies, broken, leftovers }).toEqual({
    lost: [],
    doubled: [],
    unplayable: [],
    zombies: [],
    broken: [],
    leftovers: [],
  })
  expect(report.kills).toHaveLength(8)
  expect(report.accepted).toBeGreaterThan(0)
})
