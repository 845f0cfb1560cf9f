import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AssetKind } from '#core/asset/schema'
import { ffmpegPath } from '#core/media/binaries'

/** A small sound file of an accepted format, that mutations start from. */
export type Seed = { name: string; kind: AssetKind; bytes: Buffer }

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=d=0.8:s=160x128:r=10']
const SOUND = ['-f', 'lavfi', '-i', 'sine=d=0.8:r=44100']
const yuv = ['-pix_fmt', 'yuv420p']

/** How ffmpeg makes each of them. A file that this build of ffmpeg can't make is left out. */
const RECIPES: [name: string, kind: AssetKind, args: string[]][] = [
  ['h264.mp4', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'libx264', ...yuv, '-c:a', 'aac']],
  [
    'hevc.mov',
    'presenter',
    [...PICTURE, ...SOUND, '-c:v', 'libx265', ...yuv, '-c:a', 'alac', '-x265-params', 'log-level=none'],
  ],
  ['prores.mov', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'prores', '-c:a', 'pcm_s16le']],
  [
    'fragmented.mp4',
    'presenter',
    [...PICTURE, ...SOUND, '-c:v', 'libx264', ...yuv, '-movflags', 'frag_keyframe+empty_moov'],
  ],
  ['h264.mkv', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'libx264', ...yuv, '-c:a', 'libopus']],
  [
    'vp9.webm',
    'presenter',
    [...PICTURE, ...SOUND, '-c:v', 'libvpx-vp9', '-cpu-used', '8', '-c:a', 'libopus'],
  ],
  ['vp8.webm', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'libvpx', '-cpu-used', '8', '-c:a', 'libvorbis']],
  ['mpeg4.avi', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'mpeg4', '-c:a', 'libmp3lame']],
  ['mjpeg.avi', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'mjpeg', '-c:a', 'pcm_s16le']],
  ['flv1.flv', 'presenter', [...PICTURE, ...SOUND, '-c:v', 'flv1', '-c:a', 'libmp3lame']],
  ['lame.mp3', 'speech', [...SOUND, '-c:a', 'libmp3lame']],
  [
    'cover.mp3',
    'speech',
    [...SOUND, ...PICTURE, '-map', '0', '-map', '1', '-frames:v', '1', '-c:v', 'png', '-c:a', 'libmp3lame'],
  ],
  ['pcm.wav', 'speech', SOUND],
  ['adpcm.wav', 'speech', [...SOUND, '-c:a', 'adpcm_ms']],
  ['aac.m4a', 'speech', [...SOUND, '-c:a', 'aac']],
  ['adts.aac', 'speech', [...SOUND, '-c:a', 'aac']],
  ['flac.flac', 'speech', [...SOUND, '-c:a', 'flac']],
  ['vorbis.ogg', 'speech', [...SOUND, '-c:a', 'libvorbis']],
  ['opus.ogg', 'speech', [...SOUND, '-c:a', 'libopus']],
]

/** Makes the seeds in a folder; and texts that point at `bait`, a file, and at a port, which nothing may open. */
export async function makeSeeds(folder: string, bait: string, port: number): Promise<Seed[]> {
  await mkdir(folder, { recursive: true })
  const seeds: Seed[] = []
  for (const [name, kind, args] of RECIPES) {
    const path = join(folder, name)
    const made = await promisify(execFile)(ffmpegPath(), ['-v', 'error', '-y', ...args, path]).then(
      () => true,
      () => false,
    )
    if (made) seeds.push({ name, kind, bytes: await readFile(path) })
  }
  if (seeds.length === 0) throw new Error('ffmpeg could make none of the files to start from.')
  const texts = pointers(bait, port).map(([name, text]) => ({
    name,
    kind: 'presenter' as const,
    bytes: Buffer.from(text),
  }))
  await Promise.all(texts.map(({ name, bytes }) => writeFile(join(folder, name), bytes)))
  return [...seeds, ...texts]
}

function pointers(bait: string, port: number): [string, string][] {
  const url = `http://127.0.0.1:${port}/a.ts`
  return [
    ['list.m3u8', `#EXTM3U\n#EXTINF:5,\n${bait}\n#EXTINF:5,\n${url}\n#EXT-X-ENDLIST\n`],
    ['list.ffconcat', `ffconcat version 1.0\nfile '${bait}'\nfile '${url}'\n`],
    ['stream.sdp', `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nc=IN IP4 127.0.0.1\r\nm=video ${port} RTP/AVP 96\r\n`],
    ['drawing.svg', `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}"/></svg>`],
    ['text.ass', `[Script Info]\nTitle: x\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,${bait}\n`],
  ]
}
