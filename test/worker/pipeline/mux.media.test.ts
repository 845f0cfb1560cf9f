import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { ffprobePath } from '#core/media/binaries'
import { runningBelow } from '#test/setup/processes'
import { awkward, makeClip, setUpFolder, speech } from '#test/worker/engines/stage'
import { JobAborted } from '#worker/abort'
import { mux } from '#worker/pipeline/mux'

// Media of a test share two cores with others'.
vi.setConfig({ testTimeout: 90_000 })
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
  await vi.waitFor(async () => expect(runningBelow('ffmpeg')).toHaveLength(1))
  expect(settled).not.toHaveBeenCalled()
  const reason = new JobAborted('cancelled')
  abort.abort(reason)
  await expect(joining).rejects.toBe(reason)
  expect(runningBelow('ffmpeg')).toEqual([])
})

test('a result tells nothing of the files that it is made of', async () => {
  const secret = ['-metadata', 'title=secret', '-metadata', 'comment=secret', '-c', 'copy']
  const videoPath = await makeClip(files, 'named.mp4', '-i', awkward('video_without_audio.mp4'), ...secret)
  const trackPath = await makeClip(
    files,
    'named.m4a',
    '-i',
    speech('speech_en_short.wav'),
    '-t',
    '1',
    ...secret.slice(0, 4),
  )
  const outputPath = join(files.folder, 'unnamed.mp4')
  await mux({ videoPath, trackPath, outputPath, signal: new AbortController().signal })
  const tags = async (path: string) =>
    (await promisify(execFile)(ffprobePath(), ['-v', 'error', '-show_entries', 'format_tags', path])).stdout
  expect([await tags(videoPath), await tags(trackPath)].every((text) => text.includes('secret'))).toBe(true)
  expect(await tags(outputPath)).not.toContain('secret')
})
