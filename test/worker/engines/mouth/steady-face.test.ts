import { expect, test } from 'vitest'
import { setUpFolder } from '#test/worker/engines/stage'
import { writeRecords } from '#test/worker/engines/vision/records'
import { createFaceSteadier } from '#worker/engines/mouth/face/steady-face'
import { loadBasis } from '#worker/engines/vision/basis'
import { LEFT_EYE_CORNER, RIGHT_EYE_CORNER } from '#worker/engines/vision/landmarks'

const files = setUpFolder()
const basis = loadBasis()
/** Any point beside the eyes. */
const CHIN = 1 + 2 * basis.vertexOf(152)

/** The steadied height of the chin in each frame of a face of 100 pixels between the eyes; null for a frame without one. */
async function steadied(chin: (number | null)[]): Promise<number[]> {
  const analysis = await writeRecords(files, basis, chin.length, (record, frame) => {
    record[1 + 2 * basis.vertexOf(LEFT_EYE_CORNER)] = 100
    record[1 + 2 * basis.vertexOf(RIGHT_EYE_CORNER)] = 0
    record[CHIN + 1] = chin[frame] ?? 0
    return chin[frame] !== null
  })
  const faceOf = createFaceSteadier(analysis, basis, chin.length)
  const found: number[] = []
  for (let n = 0; n < chin.length; n++) found.push((await faceOf(n))[CHIN + 1])
  await analysis.close()
  return found
}

test('trembling is averaged with the frames before and after, movement stays where it was seen', async () => {
  const trembling = await steadied([50, 50.5, 50, 50.5, 50])
  expect(Math.max(...trembling) - Math.min(...trembling)).toBeLessThan(0.3)
  const mean = trembling.reduce((sum, value) => sum + value, 0) / 5
  expect(mean).toBeCloseTo(50.2, 1)
  expect(await steadied([50, 80, 50, 20, 50])).toEqual([50, 80, 50, 20, 50])
  const moving = [50, 52, 54, 56, 58]
  expect((await steadied(moving)).slice(1, 4)).toEqual(moving.slice(1, 4))
})

test('the ends of a clip are played back, so that the frame beyond is the one before', async () => {
  const [first, , last] = await steadied([50.5, 50, 50.5])
  expect(first).toBe(last)
  expect(first).toBeLessThan(50.4)
  expect(await steadied([50.5])).toEqual([50.5])
})

test('beside a frame without a face nothing is averaged', async () => {
  expect(await steadied([50, 50.5, null, 50.5, 50])).toMatchObject({ 1: 50.5, 3: 50.5 })
})
