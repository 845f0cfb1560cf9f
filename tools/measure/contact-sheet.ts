import type { Writable } from 'node:stream'
import { fileUrl } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { toPixelX, toPixelY } from '#worker/engines/vision/landmarks'
import { facePose } from '#worker/engines/vision/mouth-measures'
import { imageOf } from '#worker/engines/vision/presenter'
import { cropToRgb, squareCrop } from '#worker/engines/vision/yuv-image'
import { startFfmpeg } from '#worker/pipeline/child'
import { createCanvas } from './canvas.ts'
import { drivenOpening, type Subject } from './subject.ts'
import type { FrameVisitor } from './watch.ts'

export interface ContactSheet {
  visit: (subject: Subject) => FrameVisitor
  save(path: string, signal: AbortSignal): Promise<void>
}

const COLUMNS = 4
const ROWS = 6
/** Side of a crop in pixels, and in face units. */
const CROP = 150
const REACH = 1.5
/** Where the mouth is, in face units below the line of the eyes. */
const MOUTH = 0.85
const CAPTION = 16
const GAP = 8
const CELL = { width: 2 * CROP + GAP, height: CROP + CAPTION + GAP }
const WHITE = [255, 255, 255] as const
const GREY = [70, 70, 70] as const
const GREEN = [90, 200, 120] as const

/**
 * A picture of 24 moments: source on the left, result on the right, below them the frame's number and a bar as long
 * as the driven opening. In every 24th of the speech the widest moment is taken, then the narrowest, in turns.
 */
export function createContactSheet(): ContactSheet {
  const canvas = createCanvas(COLUMNS * CELL.width + GAP, ROWS * CELL.height + GAP)
  return {
    visit(subject) {
      const moments = chooseMoments(subject)
      const planes = new Float32Array(3 * CROP * CROP)
      return (n, result, source, face) => {
        const place = moments.indexOf(n)
        if (place < 0) return
        const x = GAP + (place % COLUMNS) * CELL.width
        const y = GAP + Math.floor(place / COLUMNS) * CELL.height
        const pose = facePose(face, subject.basis)
        const [mouthX, mouthY] = [toPixelX(pose, 0, MOUTH), toPixelY(pose, 0, MOUTH)]
        const map = squareCrop(mouthX, mouthY, REACH * pose.scale, Math.atan2(pose.sin, pose.cos), CROP)
        for (const [k, frame] of [source, result].entries()) {
          cropToRgb(imageOf(subject.plan, frame), map, CROP, planes, { scale: 1, offset: 0, border: 0 })
          canvas.paste(planes, CROP, x + k * CROP, y)
        }
        canvas.number(n, x, y + CROP + 4, WHITE)
        const from = x + CROP / 3
        const length = 2 * CROP - GAP - CROP / 3
        canvas.fill(from, y + CROP + 4, length, 8, GREY)
        canvas.fill(from, y + CROP + 4, length * drivenOpening(subject.poseAt(n)), 8, GREEN)
      }
    },
    async save(path, signal) {
      const size = ['-pix_fmt', 'rgb24', '-s', `${canvas.width}x${canvas.height}`]
      const args = ['-y', '-f', 'rawvideo', ...size, '-i', 'pipe:0', '-frames:v', '1', fileUrl(path)]
      const child = startFfmpeg(args, ['pipe', 'ignore', 'pipe'], rendering([], [path]), signal)
      const input = child.process.stdin as Writable
      input.on('error', () => {})
      input.end(canvas.pixels)
      const { exitCode, stderr } = await child.done
      if (exitCode !== 0) throw new Error(`The contact sheet could not be written: ${stderr}`)
    },
  }
}

function chooseMoments(subject: Subject): number[] {
  const count = COLUMNS * ROWS
  const opening = (n: number) => drivenOpening(subject.poseAt(n))
  return Array.from({ length: count }, (_, slot) => {
    const first = Math.floor((slot * subject.frames) / count)
    const last = Math.floor(((slot + 1) * subject.frames) / count)
    const frames = Array.from({ length: Math.max(1, last - first) }, (_, k) => first + k)
    const wide = slot % 2 === 0
    return frames.reduce((best, n) => (opening(n) > opening(best) === wide ? n : best))
  })
}
