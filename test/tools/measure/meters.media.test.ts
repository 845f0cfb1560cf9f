import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { createJitterMeter } from '#tools/measure/jitter'
import { createOutsideMeter } from '#tools/measure/outside'
import { loudnessCurve, soundOffset } from '#tools/measure/sound'
import { bestLag, correlation } from '#tools/measure/statistics'
import { recordLength } from '#worker/engines/vision/analysis-file'
import { loadBasis } from '#worker/engines/vision/basis'

const { signal } = new AbortController()
const ffmpeg = (...args: string[]) => promisify(execFile)(ffmpegPath(), ['-v', 'error', '-y', ...args])
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-meters-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('correlation and lag of a shifted curve', () => {
  const wave = (n: number) => Math.sin(n / 7) + Math.sin(n / 3.1)
  const driven = Array.from({ length: 200 }, (_, n) => wave(n))
  const late = Array.from({ length: 200 }, (_, n) => 3 + 2 * wave(n - 4.3))
  expect(correlation(driven, driven)).toBeCloseTo(1, 6)
  expect(correlation(driven, [1, 1, 1])).toBeCloseTo(0, 6)
  const lag = bestLag(late, driven, 12)
  expect(lag.steps).toBeCloseTo(4.3, 1)
  expect(lag.r).toBeGreaterThan(0.98)
})

test.for<[number, number, number]>([
  [25, 12.5, 1],
  [25, 5, 0.12],
  [25, 3, 0.019],
  [50, 12.5, 1],
])('at %i fps, jitter passes %d Hz by %d', ([fps, hertz, gain]) => {
  const meter = createJitterMeter(fps)
  for (let n = 0; n < 40 * fps; n++) meter.push(Float32Array.of(Math.cos((2 * Math.PI * hertz * n) / fps), 5))
  const rms = hertz === 12.5 ? 1 : Math.SQRT1_2
  // Half of the values stand still.
  expect(meter.value()).toBeCloseTo(gain * rms * Math.SQRT1_2, 2)
})

test('changes count outside the mouth, and not around it', () => {
  const basis = loadBasis()
  const face = new Float32Array(recordLength(basis.kept.length))
  face[0] = 1
  // An upright face: eye corners 100 pixels apart at (270, 140) and (370, 140), outline as an ellipse.
  for (const vertex of basis.kept.keys()) face.set([320, 200], 1 + 2 * vertex)
  basis.outline.forEach((vertex, n) => {
    const angle = (2 * Math.PI * n) / basis.outline.length
    face.set([320 + 90 * Math.sin(angle), 200 - 120 * Math.cos(angle)], 1 + 2 * vertex)
  })
  face.set([270, 140], 1 + 2 * basis.vertexOf(33))
  face.set([370, 140], 1 + 2 * basis.vertexOf(263))
  const size = { width: 640, height: 480 }
  const source = new Uint8Array(640 * 480 * 1.5).fill(100)
  const psnrWith = (x: number, y: number) => {
    const meter = createOutsideMeter(size, basis)
    const result = Uint8Array.from(source)
    for (let row = y; row < y + 10; row++) result.fill(200, row * 640 + x, row * 640 + x + 10)
    meter.push(result, source, face)
    return meter.value().psnr
  }
  expect(psnrWith(315, 240)).toBe(100)
  expect(psnrWith(315, 310)).toBe(100)
  expect(psnrWith(315, 90)).toBeLessThan(50)
  expect(psnrWith(20, 400)).toBeLessThan(50)
  face[0] = 0
  expect(psnrWith(315, 240)).toBeLessThan(50)
})

test('a shift of the sound is found to the sample, wherever the container puts it', async () => {
  const noise = "aevalsrc='(random(0)-0.5)*(0.5+0.5*sin(9*t))':s=16000:d=4"
  const [speech, late] = [join(folder, 'speech.wav'), join(folder, 'late.wav')]
  await ffmpeg('-f', 'lavfi', '-i', noise, speech)
  await ffmpeg('-i', speech, '-af', 'adelay=37', late)
  expect(await soundOffset(late, speech, 0, signal)).toEqual({ milliseconds: 37, r: expect.closeTo(1, 3) })
  expect(await soundOffset(speech, late, 0, signal)).toEqual({ milliseconds: -37, r: expect.closeTo(1, 3) })
  const offset = join(folder, 'offset.mkv')
  await ffmpeg('-itsoffset', '0.25', '-i', speech, '-f', 'lavfi', '-i', 'color=s=64x64:d=4', offset)
  expect((await soundOffset(offset, speech, 0, signal)).milliseconds).toBeCloseTo(250, 0)
})

test('loudness rises with the sound', async () => {
  const path = join(folder, 'burst.wav')
  await ffmpeg('-f', 'lavfi', '-i', "aevalsrc='between(t,1,2)*sin(2000*t)':s=16000:d=3", path)
  const curve = await loudnessCurve(path, 75, 25, signal)
  expect(curve[10]).toBe(-60)
  expect(curve[37]).toBeCloseTo(-3, 0)
  expect(curve[65]).toBe(-60)
})
