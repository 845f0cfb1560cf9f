import { atLeast, atMost, below, type Check, notApplicable, told } from './check.ts'
import { JUDGES, type Measures } from './measure.ts'
import { mouthChecks } from './mouth-gates.ts'

/** What a good result keeps to; docs/measures.md says why each number is what it is. */
export const GATES = {
  /** Correlations that chance may give: of the untouched source, and with another speech. */
  source: 0.4,
  other: 0.3,
  /** Widest gap on p, b and m, in face units. */
  closedGap: 0.02,
  /** Least PSNR outside the mouth, in dB. */
  outside: 45,
  /** Most trembling, over that of a person who really talks. */
  jitter: 1.3,
  /** Least likeness of the result's sound to the speech: below it, it is another sound. */
  sound: 0.9,
} as const

/** The verdict on each gate, then figures that are only told. `talking` is the jitter of a real talking clip. */
export function checksOf(measures: Measures, talking: number): Check[] {
  return [
    ...mouthChecks(measures.mouth),
    ...lipChecks(measures),
    ...pictureChecks(measures, talking),
    ...timeChecks(measures),
    ...rest(measures),
  ]
}

function lipChecks({ lips, closures }: Measures): Check[] {
  const { lm68, mesh, refined } = lips
  const onClosures = (name: string, gap: number) =>
    closures === 0
      ? notApplicable(name, 'the speech has no p, b or m')
      : below(name, gap, GATES.closedGap, 'eyes')
  return [
    below('r of the source with it', Math.max(lm68.source, mesh.source), GATES.source),
    below("r with another speech's curve", Math.max(lm68.other, mesh.other), GATES.other),
    onClosures('gap on p, b, m', refined.closedGap),
    onClosures('gap on p, b, m over shut lips, lm68', lm68.closedGap - lm68.shutGap),
    onClosures('gap on p, b, m over shut lips, mesh', mesh.closedGap - mesh.shutGap),
  ]
}

function pictureChecks({ outside, jitter }: Measures, talking: number): Check[] {
  return [
    atLeast('PSNR outside the mouth', outside.psnr, GATES.outside, 'dB'),
    atMost('jitter over a talking person', jitter / talking, GATES.jitter, 'x'),
  ]
}

function timeChecks({ container, sound, wanted, lips, mouth }: Measures): Check[] {
  const frame = 1000 / wanted.fps
  const { video, audio, frames } = container
  const within = (name: string, milliseconds: number): Check => ({
    ...{ name, value: milliseconds, unit: 'ms', target: `within ${frame.toFixed(1)}` },
    ok: Math.abs(milliseconds) <= frame,
  })
  const follows = (name: string, milliseconds: number) =>
    mouth.spoken === 0 ? notApplicable(name, 'nobody speaks') : within(name, milliseconds)
  const missing = frames - wanted.frames
  return [
    { name: 'frames too many', value: missing, unit: '', target: 'exactly 0', ok: missing === 0 },
    within('picture longer than the speech', (video.duration - wanted.seconds) * 1000),
    within('sound longer than the speech', (audio.duration - wanted.seconds) * 1000),
    atLeast('likeness of the sound to the speech', sound.r, GATES.sound),
    within('sound after the picture', sound.milliseconds - video.start * 1000),
    follows('lips after the driven curve, lm68', lips.lm68.best.steps * frame),
    follows('lips after the driven curve, mesh', lips.mesh.best.steps * frame),
  ]
}

function rest({ lips, closures, width, outside, jitter }: Measures): Check[] {
  const each = JUDGES.flatMap((name) => {
    const { driven, best, loudness, source, sourceLoudness, closedGap, openGap, shutGap } = lips[name]
    return [
      ...(name === 'refined' ? [told('r with the driven curve, refined', driven)] : []),
      told(`r at the best lag, ${name}`, best.r),
      told(`r of the source with the driven curve, ${name}`, source),
      told(`r with the loudness, ${name}`, loudness),
      told(`r of the source with the loudness, ${name}`, sourceLoudness),
      told(`gap on p, b, m, ${name}`, closedGap, 'eyes'),
      told(`gap of the source's shut lips, ${name}`, shutGap, 'eyes'),
      told(`gap on wide vowels, ${name}`, openGap, 'eyes'),
    ]
  })
  return [
    ...each,
    told('frames on p, b, m', closures),
    told('width when round', width.round, 'eyes'),
    told('width when spread', width.spread, 'eyes'),
    told('PSNR outside the mouth, worst frame', outside.worst, 'dB'),
    told('jitter', jitter * 1000, '/1000 eyes'),
  ]
}
