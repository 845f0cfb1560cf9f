import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectUpload } from '#core/asset/intake'
import { uploadLimits } from '#core/asset/limits'
import type { AssetKind } from '#core/asset/schema'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import { MediaError } from '#core/media/errors'
import { inputArgs } from '#core/media/input'
import { inspecting } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import { ffmpeg } from '#test/setup/ffmpeg'
import { peakMemory } from '#test/setup/processes'

const limits = uploadLimits({} as NodeJS.ProcessEnv)
const fixture = (name: string) => path.resolve('test/fixtures', name)
const MIB = 2 ** 20
let folder: string
const at = (name: string) => path.join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'greenroom-attacks-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** How a file is refused, or 'accepted'. */
async function answerTo(name: string, kind: AssetKind) {
  const error = await inspectUpload(name, kind, limits).then(
    () => 'accepted',
    (thrown) => thrown,
  )
  return error instanceof MediaError ? { code: error.code, ...error.params } : error
}

describe('pictures that would fill the memory', () => {
  test('a cover of 16000x16000 in an mp3 is refused, and ffprobe stays small', async () => {
    await writeFile(at('cover.png'), hugePng(16_000, 16_000))
    const cover = ['-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-c:a', 'libmp3lame']
    await ffmpeg('-f', 'lavfi', '-i', 'sine=d=5', '-i', at('cover.png'), ...cover, at('cover.mp3'))
    expect(await answerTo(at('cover.mp3'), 'speech')).toMatchObject({
      ...{ code: 'cover_too_large', width: 16_000, height: 16_000 },
    })
    const peak = await peakMemory(() => answerTo(at('cover.mp3'), 'speech'), 'ffprobe')
    expect(peak).toBeGreaterThan(MIB)
    expect(peak).toBeLessThan(200 * MIB)
  })

  test('a video that grows from 320x240 to 8192x8192 is refused', async () => {
    const grows = fixture('hostile/grows_to_8192x8192.webm')
    const found = { code: 'too_many_pixels', width: 8192, height: 8192 }
    expect(await answerTo(grows, 'presenter')).toMatchObject(found)
  })

  test.each(['3840x2160', '2160x3840'])(
    '%s is the largest picture, whichever way it stands',
    async (size) => {
      const still = [
        '-f',
        'lavfi',
        '-i',
        `color=s=${size}:r=5:d=1`,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
      ]
      await ffmpeg(...still, '-pix_fmt', 'yuv420p', at(`${size}.mp4`))
      expect(await answerTo(at(`${size}.mp4`), 'presenter')).toBe('accepted')
    },
  )

  test('frames of 30,000 pixels are refused, whether in one row or in both', async () => {
    const wide = ['-f', 'lavfi', '-i', 'color=s=30000x64:r=5:d=1', '-c:v', 'mjpeg']
    await ffmpeg(...wide, at('wide.avi'))
    expect(await answerTo(at('wide.avi'), 'presenter')).toMatchObject({
      code: 'side_too_long',
      width: 30_000,
    })
    const bytes = await readFile(at('wide.avi'))
    // The size stands in the stream's BITMAPINFOHEADER.
    const format = bytes.indexOf('strf')
    expect(bytes.readUInt32LE(format + 12)).toBe(30_000)
    bytes.writeUInt32LE(30_000, format + 16)
    await writeFile(at('square.avi'), bytes)
    const square = { code: 'too_many_pixels', width: 30_000, height: 30_000 }
    expect(await answerTo(at('square.avi'), 'presenter')).toMatchObject(square)
  })
})

describe('files that claim too much', () => {
  test.each(['mp4', 'mkv'])('500 streams in %s are refused', async (form) => {
    const streams = Array.from({ length: 500 }, () => ['-map', '0:a']).flat()
    const sound = ['-f', 'lavfi', '-i', 'sine=d=0.3', '-c:a', 'aac']
    await ffmpeg(...sound, at('one.m4a'))
    await ffmpeg('-i', at('one.m4a'), ...streams, '-c', 'copy', at(`many.${form}`))
    expect(await answerTo(at(`many.${form}`), 'presenter')).toMatchObject({ code: 'too_many_streams' })
  })

  test('ten hours are refused', async () => {
    const claims = fixture('awkward/ten_hours_declared.mp4')
    expect(await answerTo(claims, 'presenter')).toMatchObject({ code: 'too_long' })
  })

  test('a decoder that is not on the list is not opened, and named', async () => {
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=d=1:s=64x64', '-c:v', 'asv1', at('asv1.avi'))
    expect(await answerTo(at('asv1.avi'), 'presenter')).toMatchObject({
      code: 'unsupported_codec',
      codec: 'asv1',
    })
  })
})

const pointers: Record<string, string> = {
  hls: '#EXTM3U\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n',
  dash: '<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
  concat: "ffconcat version 1.0\nfile '/etc/passwd'\n",
  sdp: 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n',
  svg: '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
  html: '<html><img src="file:///etc/passwd"></html>',
  ass: '[Script Info]\nTitle: x\n[Fonts]\nfontname: /etc/passwd\n[Events]\n',
  srt: '1\n00:00:00,000 --> 00:00:01,000\n<img src="/etc/passwd">\n',
  vobsub: '# VobSub index file, v7\nlangidx: 0\nid: en, index: 0\n',
}

describe('texts that point at other files', () => {
  test.each(Object.keys(pointers))('%s is no media, as either kind', async (form) => {
    for (const kind of ['speech', 'presenter'] as const) {
      await writeFile(at(`${form}.mp4`), pointers[form])
      expect(await answerTo(at(`${form}.mp4`), kind)).toMatchObject({ code: 'not_media' })
    }
  })

  test('subtitles in a video are neither a reason to refuse it nor ever decoded', async () => {
    await writeFile(at('text.srt'), pointers.srt)
    const both = ['-f', 'lavfi', '-i', 'testsrc=d=1:s=64x64', '-i', at('text.srt'), '-map', '0', '-map', '1']
    await ffmpeg(...both, '-c:v', 'libx264', at('subtitled.mkv'))
    expect(await answerTo(at('subtitled.mkv'), 'presenter')).toBe('accepted')
    const decode = [
      '-v',
      'error',
      ...inputArgs('matroska', at('subtitled.mkv')),
      '-map',
      '0:s',
      '-f',
      'srt',
      '-',
    ]
    const { exitCode, stdout } = await runMedia(ffmpegPath(), decode, inspecting(at('subtitled.mkv')))
    expect({ failed: exitCode !== 0, bytes: stdout.length }).toEqual({ failed: true, bytes: 0 })
  })
})

test('what still asks for too much memory is stopped by the limit', async () => {
  const huge = ['-v', 'error', '-f', 'lavfi', '-i', 'color=s=20000x20000,format=rgba', '-show_frames']
  const { exitCode, stderrTail } = await runMedia(ffprobePath(), huge, inspecting(at('none')))
  expect(exitCode).not.toBe(0)
  expect(stderrTail).toMatch(/Cannot allocate memory|Failed to/)
})

/** A PNG that promises a picture of this size and holds a row of it. */
function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6], 8)
  const rows = deflateSync(Buffer.alloc(4 * width + 1))
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
