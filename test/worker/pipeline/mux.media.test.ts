import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { awkward, setUpFolder } from '#test/worker/engines/stage'
import { JobAborted } from '#worker/abort'
import { mux } from '#worker/pipeline/mux'
import { ffmpegPids } from './ffmpeg-pids.ts'

const files = setUpFolder()

test('an abort ends ffmpeg while it joins picture and sound, and gives its reason', async () => {
  // Nobody ever writes into this track, so that ffmpeg waits for it until it is ended.
  const trackPath = join(files.folder, 'track.mp4')
  await promisify(execFile)('mkfifo', [trackPath])
  const abort = new AbortController()
  const joining = mux({
    ...{ videoPath: awkward('video_without_audio.mp4'), trackPath },
    ...{ outputPath: join(files.folder, 'result.mp4'), signal: abort.signal },
  })
  const settled = vi.fn()
  joining.then(settled, settled)
  await vi.waitFor(async () => expect(await ffmpegPids()).toHaveLength(1))
  expect(settled).not.toHaveBeenCalled()
  const reason = new JobAborted('cancelled')
  abort.abort(reason)
  await expect(joining).rejects.toBe(reason)
  expect(await ffmpegPids()).toEqual([])
})
