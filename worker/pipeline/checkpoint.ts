import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { RenderInput } from '#worker/engine-contract/engine'
import { encoding } from './encoder.ts'
import { ffmpegVersion } from './ffmpeg-version.ts'
import { translateFileError } from './file-error.ts'
import { toNumber } from './frame-rate.ts'
import { closeSegment, describeFile, readManifest, type Segment, writeManifest } from './manifest.ts'
import type { VideoPlan } from './video-plan.ts'

/** How far a render is, in closed segments that outlive its process. */
export interface Checkpoint {
  readonly dir: string
  /** Frames of the whole result. */
  readonly frames: number
  /** Frames in closed segments: rendering goes on from here. */
  readonly framesDone: number
  readonly segments: readonly Segment[]
  /** Frames of the segment that starts at `framesDone`, and after it. */
  segmentEnd(from: number): number
  /** A new name for a segment that is being written. */
  temporaryPath(): string
  /** Takes in the next segment: from here on it survives whatever happens to this process. */
  commit(temporary: string, frames: number): Promise<void>
}

/** What a result's frames depend on, beside its format. */
export interface CheckpointFacts {
  engine: string
  version: string
  /** Hashes of the networks, or whatever else the engine's frames come from. */
  models: unknown
  plan: VideoPlan
  frames: number
}

const SEGMENT_SECONDS = 10

/**
 * Opens a render's checkpoint, or starts one. Segments count up to the first that is missing or damaged, and only
 * where everything that decides on the frames is as it was; what doesn't count is removed.
 */
export async function openCheckpoint(input: RenderInput, about: CheckpointFacts): Promise<Checkpoint> {
  const { plan, frames } = about
  const dir = input.checkpointDir ?? join(input.scratchDir, 'segments')
  const length = Math.max(1, Math.round((input.segmentSeconds ?? SEGMENT_SECONDS) * toNumber(plan.fps)))
  const facts = await factsOf(input, about, length)
  await mkdir(dir, { recursive: true }).catch(translateFileError)
  const segments = await wholeSegments(dir, facts)
  await removeOthers(dir, segments)
  // Two workers that both believe they own a job never write the same segment with different content.
  const prefix = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12)
  let framesDone = sum(segments)
  return {
    dir,
    frames,
    segments,
    get framesDone() {
      return framesDone
    },
    segmentEnd: (from) => Math.min(frames, from - (from % length) + length),
    temporaryPath: () => join(dir, `${randomUUID()}.part`),
    async commit(temporary, count) {
      const file = `${prefix}-${String(segments.length).padStart(6, '0')}.mp4`
      const content = await closeSegment(temporary, join(dir, file))
      segments.push({ file, frames: count, ...content })
      framesDone += count
      await writeManifest(dir, { version: 1, facts, framesDone, segments })
    },
  }
}

/** Everything that decides on the frames and on how they are encoded, as JSON. */
async function factsOf(input: RenderInput, { plan, ...about }: CheckpointFacts, segmentFrames: number) {
  const { path: _path, inputArgs: _args, ...format } = plan
  const { audioHash, videoHash, options = null } = input
  const facts = { audioHash, videoHash, options, ...about, format, segmentFrames, encoding: encoding(plan) }
  return JSON.parse(JSON.stringify({ ...facts, ffmpeg: await ffmpegVersion() }))
}

async function wholeSegments(dir: string, facts: unknown): Promise<Segment[]> {
  const manifest = await readManifest(dir)
  if (!manifest || !isDeepStrictEqual(manifest.facts, facts)) return []
  const whole: Segment[] = []
  for (const segment of manifest.segments) {
    const found = await describeFile(join(dir, segment.file)).catch(() => null)
    if (found?.sha256 !== segment.sha256 || found.bytes !== segment.bytes) break
    whole.push(segment)
  }
  return whole
}

/** Half-written files of a process that died, and segments that don't count. */
async function removeOthers(dir: string, segments: Segment[]): Promise<void> {
  const kept = new Set(['manifest.json', ...segments.map(({ file }) => file)])
  for (const name of await readdir(dir)) {
    if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true })
  }
}

const sum = (segments: readonly Segment[]): number =>
  segments.reduce((total, { frames }) => total + frames, 0)
