import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDiskFull, messageOf } from '#core/errors'
import { fileUrl, inputArgs } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { type MediaProbe, probeMedia } from '#core/media/probe'
import { EngineError, type RenderResult } from '#worker/engine-contract/engine'
import { startFfmpeg } from './child.ts'
import { diskFull } from './file-error.ts'
import { mux } from './mux.ts'
import { isPlain } from './plain-media.ts'
import type { SpeechTrack } from './speech-track.ts'
import { type WindowedVideo, writePasted } from './windowed-video.ts'

export interface ForeignResult {
  /** What another program wrote. */
  path: string
  speech: SpeechTrack
  /** The part of the picture that the program got; null where that was the whole. */
  windowed: WindowedVideo | null
  outputPath: string
  scratchDir: string
  signal: AbortSignal
}

/** Programs round to whole frames and windows of sound; beyond this a result is not of this speech. */
const TOLERANCE = { seconds: 0.5, share: 0.02 }

/**
 * Makes a result of a video that another program wrote: probes it, compares its length with the speech, makes its
 * picture one that browsers play, pastes it back where it is a part only, and gives it the speech's own track in place of whatever sound it has.
 *
 * @throws EngineError engine_failed, saying what was found.
 */
export async function takeForeignResult(request: ForeignResult): Promise<RenderResult> {
  const { path, speech, windowed, outputPath, scratchDir, signal } = request
  const probe = await probeForeign(path, signal)
  const seconds = probe.video!.durationSeconds
  const allowed = Math.max(TOLERANCE.seconds, TOLERANCE.share * speech.seconds)
  if (Math.abs(seconds - speech.seconds) > allowed) {
    throw unusable(`it is ${seconds.toFixed(2)} s long, and the speech ${speech.seconds.toFixed(2)} s`)
  }
  const picture = join(scratchDir, 'picture.mp4')
  if (windowed) await writePasted(windowed, path, picture, signal)
  else await writePicture(probe, path, picture, Math.min(seconds, speech.seconds), signal)
  await mux({ videoPath: picture, trackPath: speech.path, outputPath, signal })
  await rm(picture, { force: true })
  const { video, durationSeconds } = await probeForeign(outputPath, signal)
  const fps = video!.fpsNum / video!.fpsDen
  const frames = video!.frames ?? Math.round(video!.durationSeconds * fps)
  return { frames, fps, width: video!.width, height: video!.height, durationSeconds }
}

/** Probes a program's file. Throws EngineError engine_failed where it isn't a video. */
async function probeForeign(path: string, signal: AbortSignal): Promise<MediaProbe> {
  const probe = await probeMedia(path, { signal }).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted()
    throw unusable(error.code === 'ENOENT' ? 'there is no file' : messageOf(error))
  })
  if (!probe.video) throw unusable('it has no picture')
  if (!(probe.video.fpsNum > 0)) throw unusable('it has no frame rate')
  return probe
}

/** The picture alone, cut to the speech: by copy where browsers play it, else encoded again. */
async function writePicture(
  probe: MediaProbe,
  from: string,
  to: string,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { video, demuxer } = probe
  const encode = ['-vf', 'crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0', '-c:v', 'libx264', '-preset', 'veryfast']
  const codec = isPlain(probe) ? ['-c', 'copy'] : [...encode, '-crf', '18', '-pix_fmt', 'yuv420p']
  const cut = ['-map', `0:${video!.index}`, '-an', '-t', seconds.toFixed(3)]
  const args = ['-y', ...inputArgs(demuxer, from), ...cut, ...codec, '-f', 'mp4', fileUrl(to)]
  const child = startFfmpeg(args, ['ignore', 'ignore', 'pipe'], rendering([from], [to]), signal)
  const { exitCode, stderr } = await child.done
  if (exitCode === 0) return
  if (isDiskFull(stderr)) throw diskFull(stderr)
  throw unusable(`its picture can't be read (${stderr.split('\n').at(-1)})`)
}

function unusable(found: string): EngineError {
  return new EngineError('engine_failed', `The engine's result can't be used: ${found}.`, {
    params: { found },
  })
}
