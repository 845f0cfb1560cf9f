import { expect, test } from 'vitest'
import { setUpFolder } from '#test/worker/engines/stage'
import { writeRecords } from '#test/worker/engines/vision/records'
import { loadBasis } from '#worker/engines/vision/basis'
import { readFaceBoxes } from '#worker/engines/wav2lip/face-boxes'

const files = setUpFolder()
const basis = loadBasis()

test('boxes go from forehead to below the chin, move with the face, and stay where it is not seen', async () => {
  // A face of 100 x 120 pixels that moves by 10 pixels a frame; it isn't seen in the frames 0 and 7.
  const analysis = await writeRecords(files, basis, 16, (record, frame) => {
    basis.outline.forEach((vertex, n) => {
      record[1 + 2 * vertex] = 100 + 10 * frame + 100 * (n % 2)
      record[2 + 2 * vertex] = 80 + 120 * (Math.floor(n / 2) % 2)
    })
    return frame !== 0 && frame !== 7
  })
  const boxes = await readFaceBoxes(analysis, basis, 16, { width: 350, height: 205 })
  await analysis.close()
  const box = (frame: number) => [...boxes.subarray(4 * frame, 4 * frame + 4)]
  // The average over five frames around a steady move is the box itself; Wav2Lip's ten pixels below stay in the picture.
  expect(box(4)).toEqual([140, 80, 240, 205])
  expect(box(11)).toEqual([210, 80, 310, 205])
  // Frame 0 takes the first box, frame 7 the one before it.
  expect(box(0)[0]).toBeCloseTo((110 + 110 + 120) / 3)
  expect(box(7)[0]).toBeCloseTo((150 + 160 + 160 + 180 + 190) / 5)
  expect(box(15)[2]).toBeCloseTo((330 + 340 + 350) / 3)
  const high = await readFaceBoxes(
    await writeRecords(files, basis, 1, (record) => {
      basis.outline.forEach((vertex, n) => {
        record[1 + 2 * vertex] = n % 2 ? -5 : 60
        record[2 + 2 * vertex] = n % 3 ? 20 : 90
      })
      return true
    }),
    ...([basis, 1, { width: 640, height: 360 }] as const),
  )
  expect([...high]).toEqual([0, 20, 60, 100])
})
