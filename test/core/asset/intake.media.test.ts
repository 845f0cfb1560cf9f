import { execFile, execFileSync } from 'node:child_process'
import { constants, mkdtempSync } from 'node:fs'
import { open, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { inspectUpload } from '#core/asset/intake'
import { uploadLimits } from '#core/asset/limits'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import { MediaError } from '#core/media/errors'
import { inputArgs } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import { runMedia } from '#core/media/process'

const limits = uploadLimits({} as NodeJS.ProcessEnv)
const fixture = (name: string) => path.resolve('test/fixtures/awkward', name)
let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'greenroom-intake-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const refused = [
  ['presenter', 'zero_bytes.mp4', 'empty_file', /empty/],
  ['presenter', 'text_renamed.mp4', 'not_media', /text file.*Accepted: mp4, mov/],
  ['presenter', 'hls_playlist_renamed.mp4', 'not_media', /playlist/],
  ['presenter', 'ffconcat_renamed.mp4', 'not_media', /playlist/],
  ['presenter', 'truncated_no_moov.mp4', 'unreadable', /mp4.*incomplete or damaged/],
  ['presenter', 'ten_hours_declared.mp4', 'too_long', /10 h.*at most 1 h/],
  ['presenter', 'audio_silence.mp3', 'wrong_kind', /sound file.*presenter video.*mp4/],
  ['presenter', 'audio_surround_5_1.m4a', 'wrong_kind', /sound file/],
  ['speech', 'audio_is_really_video.mp3', 'no_audio_stream', /mp4.*no audio/],
  ['speech', 'audio_is_really_png.wav', 'no_audio_stream', /png.*no audio/],
  ['speech', 'vp9.webm', 'no_audio_stream', /webm.*no audio/],
  ['speech', 'hls_playlist_renamed.mp4', 'not_media', /playlist/],
] as const

test.each(refused)('as %s, %s is refused: %s', async (kind, name, code, message) => {
  const error = await inspectUpload(fixture(name), kind, limits).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(MediaError)
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
})

const accepted = [
  ['presenter', 'no_face_colour_bars.mp4'],
  ['presenter', 'face_leaves_frame.mp4'],
  ['presenter', 'rotated_metadata_90.mp4'],
  ['presenter', 'variable_frame_rate.mp4'],
  ['presenter', 'fps_59_94.mp4'],
  ['presenter', 'hevc.mov'],
  ['presenter', 'vp9.webm'],
  ['presenter', 'video_without_audio.mp4'],
  ['presenter', 'odd_size_641x361_yuv444.mp4'],
  ['presenter', 'truncated_middle.mp4'],
  ['presenter', 'audio_is_really_video.mp3'],
  ['speech', 'audio_silence.mp3'],
  ['speech', 'audio_8khz_mono.wav'],
  ['speech', 'audio_24bit_96khz.wav'],
  ['speech', 'audio_surround_5_1.m4a'],
  ['speech', 'audio_corrupt.mp3'],
] as const

test.each(accepted)('as %s, %s is accepted', async (kind, name) => {
  const media = await inspectUpload(fixture(name), kind, limits)
  expect(media.probe.durationSeconds).toBeGreaterThan(0.2)
})

describe('limits', () => {
  const inspect = (name: string, kind: 'speech' | 'presenter', changed: Partial<typeof limits>) =>
    inspectUpload(fixture(name), kind, { ...limits, ...changed })

  test('come from the environment, and a bad one is named', () => {
    const env = { MAX_UPLOAD_BYTES: '1000', MAX_PIXELS: '' } as unknown as NodeJS.ProcessEnv
    expect(uploadLimits(env)).toMatchObject({
      maxBytes: 1000,
      maxPixels: 3840 * 2160,
      maxSpeechSeconds: 3600,
    })
    expect(() => uploadLimits({ MAX_SPEECH_SECONDS: 'long' } as unknown as NodeJS.ProcessEnv)).toThrow(
      /MAX_SPEECH_SECONDS/,
    )
  })

  test('of bytes, pixels and seconds hold', async () => {
    await expect(inspect('hevc.mov', 'presenter', { maxBytes: 100 })).rejects.toMatchObject({
      code: 'too_large',
      params: { maxBytes: 100 },
    })
    await expect(inspect('rotated_metadata_90.mp4', 'presenter', { maxPixels: 1000 })).rejects.toMatchObject({
      code: 'too_many_pixels',
      params: { width: 360, height: 640 },
    })
    await expect(inspect('audio_silence.mp3', 'speech', { maxSpeechSeconds: 3 })).rejects.toMatchObject({
      code: 'too_long',
    })
    await expect(inspect('audio_silence.mp3', 'speech', { minSeconds: 30 })).rejects.toMatchObject({
      code: 'too_short',
    })
  })

  test('themselves are accepted: the exact length, size and number of pixels', async () => {
    const { bytes, probe } = await inspect('hevc.mov', 'presenter', {})
    const { codedWidth, codedHeight } = probe.video!
    const [maxPixels, seconds] = [codedWidth * codedHeight, probe.durationSeconds]
    const exactly = { maxBytes: bytes, maxPixels, maxPresenterSeconds: seconds, minSeconds: seconds }
    expect((await inspect('hevc.mov', 'presenter', exactly)).bytes).toBe(bytes)
    const less = { maxBytes: bytes - 1, maxPixels: maxPixels - 1, maxPresenterSeconds: seconds - 1e-6 }
    for (const [limit, value] of Object.entries(less))
      await expect(inspect('hevc.mov', 'presenter', { [limit]: value })).rejects.toThrow(MediaError)
    await expect(inspect('hevc.mov', 'presenter', { minSeconds: seconds + 1e-6 })).rejects.toThrow(MediaError)
    const speech = await inspect('audio_8khz_mono.wav', 'speech', {})
    const longest = { maxSpeechSeconds: speech.probe.durationSeconds }
    expect((await inspect('audio_8khz_mono.wav', 'speech', longest)).kind).toBe('speech')
  })

  test('a cover picture does not make a speech a video', async () => {
    const file = path.join(folder, 'cover.m4a')
    const picture = path.join(folder, 'cover.jpg')
    ffmpeg('-f', 'lavfi', '-i', 'color=s=64x64', '-frames:v', '1', picture)
    const cover = ['-map', '0:a', '-map', '1:v', '-c', 'copy', '-disposition:v', 'attached_pic']
    ffmpeg('-i', fixture('audio_surround_5_1.m4a'), '-i', picture, ...cover, file)
    expect((await inspectUpload(file, 'speech', limits)).probe.video).toBeNull()
  })

  test('a video of sound alone, or in a codec that nothing here decodes, is refused', async () => {
    const sound = path.join(folder, 'sound.mp4')
    ffmpeg('-i', fixture('audio_8khz_mono.wav'), sound)
    await expect(inspectUpload(sound, 'presenter', limits)).rejects.toMatchObject({ code: 'wrong_kind' })
    const stills = path.join(folder, 'old.avi')
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=d=1:s=64x64', '-c:v', 'asv1', stills)
    await expect(inspectUpload(stills, 'presenter', limits)).rejects.toMatchObject({
      code: 'unsupported_codec',
      params: { codec: 'asv1' },
    })
  })
})

describe('a file that points elsewhere', () => {
  const playlists = {
    hls: (bait: string, port: number) =>
      `#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n${bait}\n#EXTINF:5,\nhttp://127.0.0.1:${port}/a.ts\n#EXT-X-ENDLIST\n`,
    hlsWithKey: (bait: string, port: number) =>
      `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:${port}/key"\n#EXTINF:5,\nfile:${bait}\n#EXT-X-ENDLIST\n`,
    ffconcat: (bait: string, port: number) =>
      `ffconcat version 1.0\nfile '${bait}'\nfile 'http://127.0.0.1:${port}/a.mp4'\n`,
  }

  test.each(Object.keys(playlists) as (keyof typeof playlists)[])('(%s) opens nothing', async (form) => {
    await withBait(async ({ bait, port, touched }) => {
      const file = path.join(folder, `${form}.mp4`)
      await writeFile(file, playlists[form](bait, port))
      await expect(inspectUpload(file, 'presenter', limits)).rejects.toMatchObject({ code: 'not_media' })
      expect(touched()).toEqual([])
    })
  })

  test.each(toolPaths())('even straight to %s, our arguments keep it from opening anything', async (tool) => {
    await withBait(async ({ bait, port, touched }) => {
      for (const form of Object.keys(playlists) as (keyof typeof playlists)[]) {
        const file = path.join(folder, `direct-${form}.mp4`)
        await writeFile(file, playlists[form](bait, port))
        const output = path.basename(tool).startsWith('ffprobe') ? [] : ['-f', 'null', '-']
        for (const demuxer of ['mov', 'matroska', 'avi', 'flv'] as const) {
          const args = ['-v', 'error', ...inputArgs(demuxer, file), ...output]
          await runMedia(tool, args, inspecting(file), { timeoutMs: 5000 })
        }
      }
      expect(touched()).toEqual([])
    })
  })

  test('the bait does catch a careless ffmpeg', async () => {
    await withBait(async ({ bait, port, touched }) => {
      const file = path.join(folder, 'careless.mp4')
      await writeFile(file, playlists.ffconcat(bait, port))
      const args = [
        '-v',
        'quiet',
        '-safe',
        '0',
        '-protocol_whitelist',
        'file,http,tcp',
        '-f',
        'concat',
        '-i',
        file,
      ]
      const careless = execFile(ffprobePath(), args)
      await vi.waitFor(() => expect(touched()).toContain('file'), { timeout: 20_000 })
      careless.kill('SIGKILL')
    })
  })
})

type Bait = { bait: string; port: number; touched: () => string[] }

/** A named pipe and a listening port that tell when somebody opens them. */
async function withBait(work: (bait: Bait) => Promise<void>): Promise<void> {
  const touches: string[] = []
  const server = net.createServer((socket) => {
    touches.push('network')
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bait = path.join(folder, `bait-${Math.random().toString(36).slice(2)}.ts`)
  execFileSync('mkfifo', [bait])
  let released = false
  // Opening a pipe for writing waits until somebody opens it for reading.
  const opened = open(bait, 'w').then((handle) => {
    if (!released) touches.push('file')
    return handle.close()
  })
  try {
    await work({ bait, port: (server.address() as net.AddressInfo).port, touched: () => touches })
  } finally {
    released = true
    const reader = await open(bait, constants.O_RDONLY | constants.O_NONBLOCK)
    await opened
    await reader.close()
    server.close()
  }
}

/** The tools in use, and the bundled ones, which are older and more trusting. */
function toolPaths(): string[] {
  const require = createRequire(import.meta.url)
  const bundled = ['@ffmpeg-installer/ffmpeg', '@ffprobe-installer/ffprobe'].map(
    (name) => require(name).path as string,
  )
  return [...new Set([ffmpegPath(), ffprobePath(), ...bundled])]
}

function ffmpeg(...args: string[]): void {
  execFileSync(ffmpegPath(), ['-v', 'error', '-y', ...args])
}
