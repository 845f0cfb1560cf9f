import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { probeMedia } from '#core/media/probe'
import { mirrorByMatrix } from '#test/setup/mirror'

// Before anything asks for ffmpeg: the bundled one, of 2018, turns pictures and does not mirror them.
process.env.FFMPEG_PATH = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg').path
const folder = await mkdtemp(path.join(tmpdir(), 'greenroom-mirrored-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a mirrored picture that an old ffmpeg would show otherwise is refused, saying what helps', async () => {
  const upright = path.resolve('test/fixtures/awkward/video_without_audio.mp4')
  const mirrored = path.join(folder, 'mirrored.mp4')
  await mirrorByMatrix(upright, mirrored, 'hflip')
  await expect(probeMedia(mirrored)).rejects.toMatchObject({
    code: 'mirrored',
    message: expect.stringMatching(/mirrored.*Export the video again, or install ffmpeg 5/),
  })
  expect((await probeMedia(upright)).video?.mirrored).toBe(false)
})
