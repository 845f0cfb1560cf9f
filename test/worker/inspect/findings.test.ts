import { expect, test } from 'vitest'
import type { SoundMeasures } from '#core/media/sound'
import { type Look, presenterFindings } from '#worker/inspect/presenter-findings'
import { speechFindings } from '#worker/inspect/speech-findings'

const FACE = { usable: true, pixels: 240, yaw: 3, x: 0.5, y: 0.4, eyes: 0.3 }

/** A picture of one tone that stands for a second. */
const look = (second: number, change: Partial<Look> = {}, tone = 100): Look => ({
  ...{ from: second, to: second + 1, people: 1, face: FACE },
  frame: Buffer.alloc(96 * 54 * 1.5, tone),
  ...change,
})
const looks = (count: number, change: (second: number) => Partial<Look> = () => ({})): Look[] =>
  Array.from({ length: count }, (_, second) => look(second, change(second)))
const nobody = { face: null, people: 0 }

test.each<[string, Look[], object]>([
  ['one person', looks(10), { warnings: [], usable: 100, people: 1, cuts: 0, strip: '9999999999' }],
  ['nobody', looks(4, () => nobody), { warnings: [{ code: 'no_face' }], usable: 0, strip: '0000' }],
  [
    'somebody who leaves',
    looks(4, (second) => (second > 1 ? nobody : {})),
    { warnings: [{ code: 'seldom_face', percent: 50 }], strip: '9900' },
  ],
  [
    'somebody who looks away',
    looks(4, (second) => ({ face: { ...FACE, usable: second > 0 } })),
    { warnings: [{ code: 'seldom_face', percent: 75 }], strip: '0999' },
  ],
  [
    'a face of 48 pixels',
    looks(4, () => ({ face: { ...FACE, pixels: 48 } })),
    { warnings: [{ code: 'small_face', pixels: 48 }] },
  ],
  ['two people', looks(4, () => ({ people: 2 })), { warnings: [{ code: 'people', n: 2 }], people: 2 }],
  [
    'somebody who passes by',
    looks(20, (second) => ({ people: second === 3 ? 2 : 1 })),
    { warnings: [], people: 1 },
  ],
  [
    'two takes',
    [look(0), look(1), look(2, {}, 180), look(3, {}, 180)],
    { warnings: [{ code: 'cuts', n: 1 }], cuts: 1 },
  ],
  ['nothing that could be decoded', [], { warnings: [{ code: 'damaged' }] }],
])('%s', (_name, seen, expected) => {
  expect(presenterFindings(seen)).toMatchObject(expected)
})

const VOICE: SoundMeasures = { seconds: 10, loudDb: -16, clipped: 0, inverted: false, pauses: 0.35 }

test.each<[string, Partial<SoundMeasures>, object[]]>([
  ['a voice', {}, []],
  ['silence', { loudDb: -80, pauses: 1 }, [{ code: 'silent' }]],
  ['a voice far away', { loudDb: -43.2 }, [{ code: 'quiet', db: -43 }]],
  ['a voice at the end of the scale', { clipped: 0.0123 }, [{ code: 'clipped', percent: 1 }]],
  ['chords that never pause', { pauses: 0.02 }, [{ code: 'music' }]],
  ['a short sound, which says too little', { pauses: 0.02, seconds: 2 }, []],
  ['sides that cancel each other', { inverted: true }, [{ code: 'turned_side' }]],
])('%s as a speech', (_name, change, warnings) => {
  expect(speechFindings({ ...VOICE, ...change }).warnings).toEqual(warnings)
})
