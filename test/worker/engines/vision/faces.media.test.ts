import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ffmpegPath } from '#core/media/binaries'
import { hashOf, presenter, setUpStage } from '#test/worker/engines/stage'
import { loadBasis } from '#worker/engines/vision/basis'
import { createDetector } from '#worker/engines/vision/detector'
import { choiceKey, chooseFace, type FaceChoice } from '#worker/engines/vision/face-choice'
import { LIP_PLACES, LOOK_BYTES, MOUTH_PLACES } from '#worker/engines/vision/face-look'
import {
  type FaceNetworks,
  loadFaceNetworks,
  releaseFaceNetworks,
} from '#worker/engines/vision/face-networks'
import { bridgeLosses } from '#worker/engines/vision/lost-faces'
import { facePose } from '#worker/engines/vision/mouth-measures'
import { imageOf, loadPresenter } from '#worker/engines/vision/presenter'
import { stripOf, timesOf } from '#worker/engines/vision/times'
import { createTracker } from '#worker/engines/vision/tracker'
import { usableFrames } from '#worker/engines/vision/usability'
import { readFrames } from '#worker/pipeline/frame-reader'
import { planVideo, type VideoPlan } from '#worker/pipeline/video-plan'

// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 120_000 })
const stage = setUpStage()
const basis = loadBasis()
const { signal } = new AbortController()
let networks: FaceNetworks

beforeAll(async () => {
  networks = await loadFaceNetworks()
})
afterAll(() => releaseFaceNetworks(networks))

async function clip(name: string, ...args: string[]): Promise<string> {
  const path = join(stage.folder, name)
  await promisify(execFile)(ffmpegPath(), ['-v', 'error', '-y', ...args, '-an', '-crf', '18', path])
  return path
}

/** Where the followed face is in each frame, and with which weight its mouth is rendered. */
async function follow(path: string, face?: FaceChoice, framesNeeded = 1000) {
  const plan = await planVideo(path, signal)
  const { analysis, measures, length } = await loadPresenter(networks, basis, {
    ...{ plan, videoHash: await hashOf(path), cacheDir: stage.cacheDir, face, signal },
    framesNeeded,
    onFrame: () => {},
  })
  const places: { x: number; size: number }[] = []
  for (let n = 0; n < length; n++) {
    const pose = facePose((await analysis.read(n, 1)).slice(), basis)
    places.push({ x: pose.x / plan.width, size: pose.scale / plan.width })
  }
  await analysis.close()
  return { places, weight: [...measures.weight] }
}

const VIKTOR = presenter('presenter_viktor_1920x1080.mp4')
const ELENA = presenter('presenter_elena_1280x720.mp4')
const MEI = presenter('presenter_mei_1280x720_talking_silent.mp4')

test('of two people the largest speaks, or the one that was asked for', async () => {
  const side = 'scale=640:360,crop=320:360'
  const two = await clip(
    'two.mp4',
    ...['-t', '0.4', '-i', ELENA, '-t', '0.4', '-i', MEI],
    ...['-filter_complex', `[0]${side}[a];[1]${side}[b];[a][b]hstack`],
  )
  const at = async (face?: FaceChoice) => (await follow(two, face)).places[5].x
  const [largest, left, right] = [await at(), await at('left'), await at('right')]
  expect(left).toBeCloseTo(0.25, 1)
  expect(right).toBeCloseTo(0.75, 1)
  expect([left, right]).toContain(largest)
  expect(await at({ x: 0.7, y: 0.4 })).toBe(right)
})

test('who leaves the picture is not confused with who stays, and is known again', async () => {
  // The left one slides out after 0.4 s and is back after 1.6 s; the right one resembles him and never moves.
  const x = "'10-400*clip((t-0.4)*2.5,0,1)+400*clip((t-1.2)*2.5,0,1)'"
  const leaves = await clip(
    'leaves.mp4',
    ...[
      '-t',
      '2',
      '-i',
      VIKTOR,
      '-t',
      '2',
      '-i',
      ELENA,
      '-f',
      'lavfi',
      '-i',
      'color=0x707880:s=640x360:r=25',
    ],
    '-filter_complex',
    `[0]crop=900:1080:510:0,scale=300:360[a];[1]crop=640:720,scale=214:240[b];[2][a]overlay=x=${x}[c];[c][b]overlay=x=400:y=120:shortest=1`,
  )
  const { places, weight } = await follow(leaves)
  const seen = places.filter((_, n) => weight[n] > 0)
  expect(Math.max(...seen.map((place) => place.x))).toBeLessThan(0.45)
  expect(weight.slice(22, 30)).toEqual(Array(8).fill(0))
  expect(weight[5]).toBe(1)
  expect(weight.at(-1)).toBe(1)
  const right = await follow(leaves, 'right')
  expect(Math.min(...right.places.map((place) => place.x))).toBeGreaterThan(0.6)
  expect(Math.min(...right.weight)).toBe(1)
})

test('somebody else who takes the place of the followed face is dropped at the third frame', async () => {
  // From frame 10 on, both halves show the one who was on the right.
  const side = 'scale=640:360,crop=320:360'
  const swapped = await clip(
    'swapped.mp4',
    ...['-t', '0.8', '-i', VIKTOR, '-t', '0.8', '-i', ELENA],
    '-filter_complex',
    `[0]${side}[a];[1]${side},split=2[b][c];[a][b]hstack[d];[d][c]overlay=x=0:enable='gte(n,10)'`,
  )
  const plan = await planVideo(swapped, signal)
  const track = createTracker(networks.mesh, createDetector(networks.detector), 'left')
  const seen: boolean[] = []
  for await (const frame of readFrames(plan, { from: 0, to: 20 }, signal)) {
    seen.push((await track(imageOf(plan, frame))) !== null)
  }
  expect(seen.slice(0, 10)).toEqual(Array(10).fill(true))
  expect(seen.slice(10)).toEqual([true, true, ...Array(8).fill(false)])
})

test.for([
  ['a dark box', 'drawbox=x=260:y=160:w=110:h=75:color=0x302020:t=fill'],
  ['something of the color of skin', 'drawbox=x=260:y=164:w=110:h=75:color=0xcfa88c:t=fill'],
])('a mouth behind %s is left alone, with fades', async ([name, box]) => {
  const filter = `scale=640:360,${box}:enable='between(t,0.8,1.5)'`
  const covered = await clip(`${name.replaceAll(' ', '-')}.mp4`, '-t', '2.4', '-i', MEI, '-vf', filter)
  const { weight } = await follow(covered)
  expect(weight.slice(21, 37)).toEqual(Array(16).fill(0))
  expect([weight[5], weight.at(-5)]).toEqual([1, 1])
  const steps = weight.slice(1).map((value, n) => Math.abs(value - weight[n]))
  expect(Math.max(...steps)).toBeLessThanOrEqual(0.201)
})

test('a mouth that is covered most of the time is told from what covers it', async () => {
  const box = 'drawbox=x=260:y=164:w=110:h=75:color=0xcfa88c:t=fill'
  const filter = `scale=640:360,${box}:enable='between(t,0.6,2.2)'`
  const { weight } = await follow(await clip('mostly.mp4', '-t', '2.8', '-i', MEI, '-vf', filter))
  expect(weight.slice(17, 54)).toEqual(Array(37).fill(0))
  expect([weight[3], weight.at(-5)]).toEqual([1, 1])
})

test('a face that is seen too seldom is refused with the times of both', async () => {
  const filter = "scale=640:360,drawbox=color=gray:t=fill:enable='gt(t,0.5)'"
  const seldom = await clip('seldom.mp4', '-t', '3', '-i', ELENA, '-vf', filter)
  await expect(follow(seldom)).rejects.toMatchObject({
    code: 'no_face',
    params: { percent: 17, needed: 20, seen: '0:00-0:01', missing: '0:00-0:03', seconds: 3 },
  })
})

test('faces are chosen by size, side and point; bystanders are nobody', () => {
  const face = (x: number, size: number) => ({ x, y: 100, size, score: 0.9, angle: 0 })
  const faces = [face(300, 100), face(500, 60), face(50, 20)]
  const choose = (choice: FaceChoice) => chooseFace(faces, choice, { width: 640, height: 360 })?.x
  expect(choose('largest')).toBe(300)
  expect(choose('left')).toBe(300)
  expect(choose('right')).toBe(500)
  expect(choose({ x: 0.1, y: 0.3 })).toBe(50)
  expect(chooseFace([], 'left', { width: 1, height: 1 })).toBeNull()
  const keys = (['largest', 'left', 'right', { x: 0.1, y: 0.3 }] as const).map(choiceKey)
  expect(keys).toEqual(['', '-left', '-right', '-100x300'])
})

/** Looks of a face that turns to a side by some degrees, a value a frame. */
function looksOf(yaws: number[]): Uint8Array {
  return Uint8Array.from(
    yaws.flatMap((yaw) => [255, 128 + yaw, 128, 255, ...Array(LOOK_BYTES - 4).fill(128)]),
  )
}

test('a face in strong profile is left alone, and one on the edge does not flicker', () => {
  const used = (yaws: number[]) => [...usableFrames(looksOf(yaws), yaws.length, 8)].join('')
  expect(used([0, 0, 0, 0, 0, 60, 60, 60, 0, 0, 0, 0])).toBe('111110001111')
  const edge = [0, 0, 0, 0, 44, 45, 44, 46, 44, 45, 60, 60, 46, 44, 46, 44, 0, 0, 0, 0]
  expect(used(edge)).toBe('11111111110000001111')
  expect(used(Array(10).fill(-60))).toBe('0000000000')
  // A face for two frames, a quarter of a second, is a mistake.
  expect(used([0, 0, 0, 0, 60, 60, 60, 0, 0, 60, 60, 60, 0, 0, 0])).toBe('111100000000111')
})

/** Looks whose first places are as far from the rest as given, in steps of strangeness; lips from the skin by `contrast`. */
function strangeLooks(frames: { skin?: number; contrast?: number }[]): Uint8Array {
  const skinPlaces = MOUTH_PLACES - LIP_PLACES
  return Uint8Array.from(
    frames.flatMap(({ skin = 0, contrast = 10 }) => [
      ...[255, 128, 128, 255],
      ...Array.from({ length: skinPlaces }, () => [128 + 12 * skin, 128, 128]).flat(),
      ...Array.from({ length: LIP_PLACES }, () => [128 + 12 * skin, 128, 128 + contrast]).flat(),
    ]),
  )
}

test('pressed lips are no covered mouth, and a strange moment costs itself alone', () => {
  const used = (frames: Parameters<typeof strangeLooks>[0]) =>
    [...usableFrames(strangeLooks(frames), frames.length, 8)].join('')
  const usual = Array(12).fill({})
  // Lips that are pressed together show hardly any red, over skin that looks as ever.
  expect(used([...usual, ...Array(6).fill({ skin: 0.5, contrast: 0 }), ...usual])).toBe('1'.repeat(30))
  expect(used([...usual, ...Array(6).fill({ skin: 1.9, contrast: 0 }), ...usual])).toBe(
    `${'1'.repeat(12)}000000${'1'.repeat(12)}`,
  )
  expect(used([...usual, ...Array(3).fill({ skin: 1.9, contrast: 0 }), ...usual])).toBe('1'.repeat(27))
})

test('a face that the tracker loses for up to three frames is put between its neighbours', async () => {
  const face = (x: number) => ({
    record: Float32Array.from([1, x, 0, x + 100, 50]),
    look: Uint8Array.from([200, x]),
  })
  const none = () => ({ record: new Float32Array(5), look: new Uint8Array(2) })
  const bridged = async (faces: ReturnType<typeof face>[]) => {
    async function* given() {
      yield* faces
    }
    const places: number[] = []
    for await (const { record, look } of bridgeLosses(given())) {
      expect(look[0] === 0).toBe(record[0] === 0)
      places.push(record[0] === 0 ? -1 : record[1])
    }
    return places
  }
  expect(await bridged([face(0), none(), none(), none(), face(8)])).toEqual([0, 2, 4, 6, 8])
  expect(await bridged([face(0), none(), none(), none(), none(), face(8)])).toEqual([0, -1, -1, -1, -1, 8])
  // Whoever turns up elsewhere is somebody else; what is lost at an end stays so.
  expect(await bridged([none(), face(0), none(), face(80), none()])).toEqual([-1, 0, -1, 80, -1])
})

test('times are given as stretches of whole seconds', () => {
  const values = Float32Array.from({ length: 250 }, (_, n) => (n >= 80 && n < 160 ? 0 : 1))
  const is = (wanted: number) => (value: number) => value === wanted
  expect(timesOf(values, 25, is(0))).toBe('0:03-0:07')
  expect(timesOf(values, 25, is(1))).toBe('0:00-0:04, 0:06-0:10')
  expect(timesOf(new Float32Array(25 * 75), 25, is(0))).toBe('0:00-1:15')
  expect(timesOf(values, 25, is(2))).toBe('')
})

test('times are drawn as a strip of at most a hundred columns', () => {
  const isOne = (value: number) => value === 1
  const values = (frames: number, from: number) =>
    Float32Array.from({ length: frames }, (_, n) => (n < from ? 0 : 1))
  expect(stripOf(values(6, 2), isOne)).toBe('009999')
  const strip = stripOf(values(1000, 505), isOne)
  expect(strip).toHaveLength(100)
  expect(strip.slice(48, 53)).toBe('00599')
})

test('a long video is analysed by the minute, and once more where a longer speech shows more of it', async () => {
  const loop = ['-stream_loop', '-1', '-i', presenter('presenter_elena_1280x720.mp4')]
  const long = await clip('long.mp4', ...loop, '-t', '70', '-vf', 'fps=2,scale=320:180')
  const lengthFor = async (framesNeeded: number) =>
    (await follow(long, 'largest', framesNeeded)).weight.length
  expect([await lengthFor(5), await lengthFor(119), await lengthFor(121)]).toEqual([120, 120, 140])
})

test('a picture without tags is of BT.709 from 720 lines on, of BT.601 below', () => {
  const matrix = (space: string | null, height: number) => {
    const colour = { space, primaries: null, transfer: null, range: null }
    const plan = { colour, width: 64, height, pixelFormat: 'yuvj420p' } as VideoPlan
    return imageOf(plan, new Uint8Array()).matrix
  }
  expect([matrix(null, 720), matrix(null, 718)]).toEqual(['bt709', 'bt601'])
  expect([matrix('bt709', 360), matrix('smpte170m', 1080)]).toEqual(['bt709', 'bt601'])
})
