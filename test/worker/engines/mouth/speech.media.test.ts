import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DEFAULT_OPTIONS } from '#core/engine/options'
import { ffmpegPath } from '#core/media/binaries'
import { cutSpeech, hashOf, presenter, setUpStage, speech } from '#test/worker/engines/stage'
import { curvesInStyle, loadPresenterStyle } from '#worker/engines/mouth/learn/presenter-style'
import { solve } from '#worker/engines/mouth/learn/solve'
import { loadNetworks, type Networks, releaseNetworks } from '#worker/engines/mouth/networks'
import { createMotion } from '#worker/engines/mouth/speech/motion'
import { loadSpeech, type Speech } from '#worker/engines/mouth/speech/speech'
import { loadBasis } from '#worker/engines/vision/basis'
import { loadPresenter } from '#worker/engines/vision/presenter'
import { planVideo } from '#worker/pipeline/video-plan'

// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 60_000 })
const stage = setUpStage()
const { signal } = new AbortController()
let networks: Networks
let spoken: Speech

beforeAll(async () => {
  networks = await loadNetworks()
  spoken = await analyse(await cutSpeech(stage, speech('speech_en_short.wav'), 6))
})
afterAll(() => releaseNetworks(networks))

async function analyse(audioPath: string): Promise<Speech> {
  const request = { audioPath, audioHash: await hashOf(audioPath), cacheDir: stage.cacheDir, signal }
  return loadSpeech(networks.audio, { ...request, onFraction: () => {} })
}

/** A sound from ffmpeg's own sources. */
async function sound(name: string, ...args: string[]): Promise<string> {
  const path = join(stage.folder, `${name}.wav`)
  await promisify(execFile)(ffmpegPath(), ['-v', 'error', '-y', ...args, path])
  return path
}

const generated = (source: string) => ['-f', 'lavfi', '-i', source]

/** Opening of the mouth, a value each 10 ms. */
function openings({ curves }: Pick<Speech, 'curves'>): number[] {
  return Array.from(curves.open, (value, n) => value * (1 - curves.closed[n]))
}

function deviation(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

test.for([
  ['silence', 'anullsrc=r=16000:cl=mono:d=4'],
  ['hiss', 'anoisesrc=c=pink:d=5:a=0.3'],
  ['a sweep', "aevalsrc='0.3*sin(2*PI*(200*t+150*t*t))':d=5"],
  ['a melody', "aevalsrc='0.4*sin(220*PI*pow(2,floor(mod(t*4,7))/6)*t)*exp(-2*mod(t*4,1))':d=5"],
  ['chords', "aevalsrc='0.2*(sin(440*PI*t)+sin(554*PI*t)+sin(660*PI*t))*(0.6+0.4*sin(4*PI*t))':d=5"],
  [
    'drums',
    "aevalsrc='0.5*(random(0)-0.5)*exp(-12*mod(t*2.5,1))+0.3*sin(120*PI*t)*exp(-8*mod(t*2.5+0.5,1))':d=5",
  ],
  [
    'breaths',
    "anoisesrc=c=pink:d=6:a=0.5:seed=1,bandpass=f=1200:t=h:w=1500,volume='pow(max(0,sin(2*PI*t/1.9)),1.5)':eval=frame",
  ],
  ['coughs', "aevalsrc='(random(0)-0.5+0.3*sin(360*PI*t))*exp(-14*mod(t,1.3))':d=5"],
])('the mouth rests in %s', async ([name, source]) => {
  const noise = await analyse(await sound(name, ...generated(source)))
  expect(deviation(openings(noise))).toBeLessThan(0.1 * deviation(openings(spoken)))
  expect(Math.max(...noise.curves.lipOnTeeth)).toBeLessThan(0.2)
})

test('speech over music is spoken', async () => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 6)
  const music = "aevalsrc='0.08*(sin(440*PI*t)+sin(554*PI*t)+sin(660*PI*t))':d=6"
  const mix = ['-filter_complex', 'amix=inputs=2:duration=first:normalize=0']
  const mixed = openings(await analyse(await sound('over-music', '-i', cut, ...generated(music), ...mix)))
  const alone = openings(spoken)
  expect(deviation(mixed)).toBeGreaterThan(0.8 * deviation(alone))
})

// A voice of flite held on one note over chords, and espeak-ng's second whisper: neither was trained with.
test.for([
  ['sung_over_music.m4a', 0.15],
  ['whispered.m4a', 0.25],
] as const)('%s is spoken', async ([file, least]) => {
  const opening = openings(await analyse(join(import.meta.dirname, '../../../fixtures/speech', file)))
  expect(opening.reduce((sum, value) => sum + value, 0) / opening.length).toBeGreaterThan(least)
})

test('a mouth comes to rest softly when speech ends, and stays shut', async () => {
  const cut = await cutSpeech(stage, speech('speech_en_short.wav'), 3)
  const quiet = await analyse(await sound('ends', '-i', cut, '-af', 'apad=pad_dur=1.5'))
  expect(Math.max(...openings(quiet).slice(360))).toBeLessThan(0.02)
  const { gate } = quiet.features
  const falling = gate.filter((value, n) => n > 250 && value > 0.01 && value < 0.99 && value < gate[n - 1])
  expect(falling.length).toBeGreaterThan(15)
})

test('lips lead by as many milliseconds as asked for', () => {
  const fps = 100
  const series = (leadMs: number) => {
    const motion = createMotion(spoken.curves, fps, { ...DEFAULT_OPTIONS, leadMs })
    return Array.from({ length: 400 }, (_, n) => motion(50 + n).open)
  }
  const plain = series(0)
  for (const leadMs of [-40, 20, 40]) {
    const led = series(leadMs)
    const difference = (lag: number) =>
      led.slice(20, 380).reduce((sum, value, n) => sum + (value - plain[n + 20 + lag]) ** 2, 0)
    const lags = Array.from({ length: 41 }, (_, n) => n - 20)
    expect(lags.reduce((best, lag) => (difference(lag) < difference(best) ? lag : best)) * 10).toBe(leadMs)
  }
})

test('strength and expressiveness change how far, not when', () => {
  const of = (options: object) => createMotion(spoken.curves, 25, { ...DEFAULT_OPTIONS, ...options })
  const frames = Array.from({ length: 100 }, (_, n) => n)
  const [plain, half, flat] = [of({}), of({ strength: 0.5 }), of({ expressiveness: 0 })]
  for (const n of frames) {
    expect(half(n).open).toBeCloseTo(plain(n).open / 2, 5)
    expect(half(n).closed).toBe(plain(n).closed)
    expect([flat(n).spread, flat(n).round, flat(n).open]).toEqual([0, 0, plain(n).open])
  }
})

async function styleOf(file: string) {
  const videoPath = presenter(file)
  const plan = await planVideo(videoPath, signal)
  const found = await loadPresenter(networks, loadBasis(), {
    ...{ plan, videoHash: await hashOf(videoPath), cacheDir: stage.cacheDir, signal, framesNeeded: 100 },
    onFrame: () => {},
  })
  await found.analysis.close()
  return loadPresenterStyle(networks.audio, found, { videoPath, scratchDir: stage.folder, signal })
}

test('a presenter who speaks in the video is learnt from, and where that helps it is used', async () => {
  const learnt = await styleOf('presenter_kofi_720x1280_talking.mp4')
  expect(learnt?.before).toBeGreaterThan(0.5)
  expect(learnt?.after).toBeGreaterThan((learnt?.before ?? 1) + 0.02)
  const adapted = curvesInStyle(spoken, learnt)
  expect(adapted.open).not.toEqual(spoken.curves.open)
  expect(Math.max(...adapted.open)).toBeLessThanOrEqual(1.15)
  expect(adapted.closed).toBe(spoken.curves.closed)
})

test('one who does not speak is rendered with the plain curves', async () => {
  expect(await styleOf('presenter_mei_1280x720_talking_silent.mp4')).toBeNull()
  expect(curvesInStyle(spoken, null)).toBe(spoken.curves)
})

test('a system of equations is solved', () => {
  const solution = solve(
    [
      [4, 2, 0.6],
      [2, 5, 1],
      [0.6, 1, 3],
    ],
    [1, -2, 3],
  )
  const [x, y, z] = solution
  expect(4 * x + 2 * y + 0.6 * z).toBeCloseTo(1)
  expect(2 * x + 5 * y + z).toBeCloseTo(-2)
  expect(0.6 * x + y + 3 * z).toBeCloseTo(3)
})
