import type { Writable } from 'node:stream'
import { fileUrl } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { LEFT_MOUTH_CORNER, RIGHT_MOUTH_CORNER } from '#worker/engines/vision/landmarks'
import { facePose } from '#worker/engines/vision/mouth-measures'
import { imageOf } from '#worker/engines/vision/presenter'
import { cropToRgb, squareCrop } from '#worker/engines/vision/yuv-image'
import { startFfmpeg } from '#worker/pipeline/child'
import { createCanvas } from './canvas.ts'
import { drivenOpening, type Subject } from './subject.ts'
import type { FrameVisitor } from './watch.ts'

export interface ContactSheet {
  visit: (subject: Subject) => FrameVisitor
  /** Writes a JPEG, or what the file's name ends in. */
  save(path: string, signal: AbortSignal): Promise<void>
}

/** Frames of a strip, one after the other. */
const FRAMES = 5
/** Size of a mouth's picture in pixels, and its width in face units: a mouth of half a unit is 300 wide. */
const CELL = { width: 420, height: 320, reach: 0.7 }
/** How far below its corners the middle of a mouth that speaks is, in face units. */
const BELOW = 0.04
const CAPTION = 20
const STRIP = 2 * CELL.height + CAPTION
const WHITE = [255, 255, 255] as const
const GREY = [70, 70, 70] as const
const GREEN = [90, 200, 120] as const

/** The strips, by what the mouth does in their middle, and how much a frame is that. */
const STRIPS: [caption: string, strength: (subject: Subject, n: number) => number][] = [
  ['a', (subject, n) => drivenOpening(subject.poseAt(n))],
  ['pbm', (subject, n) => subject.poseAt(n).closed * openAround(subject, n)],
  ['oo', (subject, n) => subject.poseAt(n).round * (1 - subject.poseAt(n).closed)],
]

/**
 * A picture of three moments, a strip of consecutive frames each: the widest vowel, lips that meet between two vowels,
 * and the roundest one. Above the source, below it the result; below them the frame's number and a bar as long as the
 * driven opening.
 */
export function createContactSheet(): ContactSheet {
  const canvas = createCanvas(FRAMES * CELL.width, STRIPS.length * STRIP)
  return {
    visit(subject) {
      const firsts = STRIPS.map(([, strength]) => firstOfStrip(subject, (n) => strength(subject, n)))
      const planes = new Float32Array(3 * CELL.width * CELL.width)
      return (n, result, source, face) => {
        for (const [strip, first] of firsts.entries()) {
          if (n < first || n >= first + FRAMES) continue
          const [x, y] = [(n - first) * CELL.width, strip * STRIP]
          const map = mouthCrop(subject, face)
          for (const [k, frame] of [source, result].entries()) {
            cropToRgb(imageOf(subject.plan, frame), map, CELL.width, planes, PLAIN)
            canvas.paste(planes, CELL.width, CELL.height, x, y + k * CELL.height)
          }
          canvas.write(`${STRIPS[strip][0]} ${n}`, x + 6, y + 2 * CELL.height + 5, WHITE)
          const bar = { x: x + 90, y: y + 2 * CELL.height + 6, length: CELL.width - 110 }
          canvas.fill(bar.x, bar.y, bar.length, 8, GREY)
          canvas.fill(bar.x, bar.y, bar.length * drivenOpening(subject.poseAt(n)), 8, GREEN)
        }
      }
    },
    async save(path, signal) {
      const size = ['-pix_fmt', 'rgb24', '-s', `${canvas.width}x${canvas.height}`]
      const input = ['-y', '-f', 'rawvideo', ...size, '-i', 'pipe:0']
      const args = [...input, '-frames:v', '1', '-q:v', '2', fileUrl(path)]
      const child = startFfmpeg(args, ['pipe', 'ignore', 'pipe'], rendering([], [path]), signal)
      const pipe = child.process.stdin as Writable
      pipe.on('error', () => {})
      pipe.end(canvas.pixels)
      const { exitCode, stderr } = await child.done
      if (exitCode !== 0) throw new Error(`The contact sheet could not be written: ${stderr}`)
    },
  }
}

const PLAIN = { scale: 1, offset: 0, border: 0 }

function mouthCrop({ basis }: Subject, face: Float32Array) {
  const pose = facePose(face, basis)
  const corners = [RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER].map((point) => 1 + 2 * basis.vertexOf(point))
  const [x, y] = [0, 1].map((axis) => (face[corners[0] + axis] + face[corners[1] + axis]) / 2)
  const down = BELOW * pose.scale
  return squareCrop(
    x - pose.sin * down,
    y + pose.cos * down,
    CELL.reach * pose.scale,
    Math.atan2(pose.sin, pose.cos),
    CELL.width,
  )
}

/** How open the mouth is a few frames before and after. */
function openAround(subject: Subject, n: number): number {
  const openings = [-4, -3, 3, 4].map((step) => drivenOpening(subject.poseAt(Math.max(0, n + step))))
  return openings.reduce((sum, opening) => sum + opening, 0)
}

/** First frame of the strip around the strongest frame, all of which show the face. */
function firstOfStrip({ frames, hasFace }: Subject, strength: (n: number) => number): number {
  let best = { first: 0, strength: -1 }
  for (let first = 0; first + FRAMES <= frames; first++) {
    const strip = Array.from({ length: FRAMES }, (_, k) => first + k)
    const here = strip.every(hasFace) ? strength(first + (FRAMES >> 1)) : -1
    if (here > best.strength) best = { first, strength: here }
  }
  return best.first
}
