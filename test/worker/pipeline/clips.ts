import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ffmpegPath } from '#core/media/binaries'
import { presenter } from '#test/worker/engines/stage'

const run = promisify(execFile)

/** How a clip is made of a sample presenter, and what its result has to be. */
export interface Clip {
  file: string
  /** ffmpeg's options for the clip; 640x360 at 25 fps, H.264 if they say nothing else. */
  options?: string[]
  /** Turns the clip by its metadata alone. */
  rotation?: 90 | 180 | 270
  source?: string
  /** Length, in seconds. */
  seconds?: number
  size?: string
  rate?: string
  /** Left out where the video's own are kept. */
  tags?: [space: string, transfer: string, primaries: string, range: string]
  sar?: string
  /** The plain conversion that the picture is held against, where it isn't the mere pixel format. */
  plainly?: string
}

export const SIZED = (width: number, height: number) => ['-vf', `scale=${width}:${height}`]
export const TAGS = (space: string, trc: string, primaries: string) => [
  ...['-colorspace', space, '-color_trc', trc, '-color_primaries', primaries, '-color_range', 'tv'],
]
export const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error']
const KOFI = 'presenter_kofi_720x1280_talking.mp4'

export const CLIPS: Clip[] = [
  {
    file: 'rotated-90.mp4',
    rotation: 90,
    source: KOFI,
    options: ['-vf', 'transpose=2,scale=640:360'],
    size: '360x640',
  },
  { file: 'rotated-180.mp4', rotation: 180, options: ['-vf', 'hflip,vflip,scale=640:360'] },
  {
    file: 'rotated-270.mov',
    rotation: 270,
    source: KOFI,
    options: ['-vf', 'transpose=1,scale=640:360'],
    size: '360x640',
  },
  { file: 'odd.mkv', options: [...SIZED(601, 339), '-c:v', 'ffv1', '-pix_fmt', 'yuv420p'], size: '600x338' },
  { file: 'yuv444.mp4', options: [...SIZED(640, 360), '-pix_fmt', 'yuv444p'] },
  { file: 'yuv422-10.mov', options: [...SIZED(640, 360), '-c:v', 'prores', '-pix_fmt', 'yuv422p10le'] },
  {
    file: 'uneven.mp4',
    options: ['-vf', "scale=640:360,select='mod(n,3)'", '-vsync', 'vfr'],
    seconds: 1.2,
  },
  { file: 'ntsc-film.mp4', options: [...SIZED(640, 360), '-r', '24000/1001'], rate: '24000/1001' },
  { file: 'ntsc.mp4', options: [...SIZED(640, 360), '-r', '30000/1001'], rate: '30000/1001' },
  { file: 'fps-50.mp4', options: [...SIZED(426, 240), '-r', '50'], size: '426x240', rate: '50/1' },
  {
    file: 'fps-59.mp4',
    options: [...SIZED(426, 240), '-r', '60000/1001'],
    size: '426x240',
    rate: '60000/1001',
  },
  { file: 'fps-60.mp4', options: [...SIZED(426, 240), '-r', '60'], size: '426x240', rate: '60/1' },
  { file: 'hevc-10.mp4', options: [...SIZED(640, 360), ...X265, '-pix_fmt', 'yuv420p10le'] },
  { file: 'h264-10.mp4', options: [...SIZED(640, 360), '-pix_fmt', 'yuv420p10le'] },
  {
    file: 'full-range.mp4',
    options: ['-vf', 'scale=640:360:in_range=tv:out_range=pc', '-pix_fmt', 'yuvj420p', '-color_range', 'pc'],
    tags: ['bt709', 'bt709', 'bt709', 'pc'],
  },
  {
    file: 'full-range-10.mkv',
    options: [
      '-vf',
      'scale=640:360:in_range=tv:out_range=pc',
      ...X265,
      '-pix_fmt',
      'yuv420p10le',
      '-color_range',
      'pc',
    ],
    tags: ['bt709', 'bt709', 'bt709', 'pc'],
    plainly: 'scale=in_range=pc:out_range=pc',
  },
  {
    file: 'vp9.webm',
    options: [
      ...SIZED(640, 360),
      '-c:v',
      'libvpx-vp9',
      '-cpu-used',
      '8',
      '-deadline',
      'realtime',
      '-crf',
      '20',
      '-b:v',
      '0',
    ],
  },
  {
    file: 'vp9-alpha.webm',
    options: [
      '-vf',
      'scale=640:360,format=yuva420p',
      '-c:v',
      'libvpx-vp9',
      '-cpu-used',
      '8',
      '-deadline',
      'realtime',
      '-auto-alt-ref',
      '0',
      '-crf',
      '20',
      '-b:v',
      '0',
    ],
  },
  {
    file: 'av1.mp4',
    options: [
      ...SIZED(426, 240),
      '-c:v',
      'libaom-av1',
      '-cpu-used',
      '8',
      '-crf',
      '30',
      '-b:v',
      '0',
      '-strict',
      '-2',
    ],
    size: '426x240',
  },
  { file: 'mpeg4.avi', options: [...SIZED(640, 360), '-c:v', 'mpeg4', '-q:v', '3', '-bf', '2'] },
  { file: 'h264.flv', options: [...SIZED(640, 360)] },
  { file: 'h264.mkv', options: [...SIZED(640, 360)] },
  { file: 'with-sound.mp4', source: KOFI, options: ['-vf', 'scale=360:640', '-c:a', 'aac'], size: '360x640' },
  { file: 'uhd.mp4', seconds: 0.2, options: [...SIZED(3840, 2160)], size: '3840x2160' },
  { file: 'anamorphic.mp4', options: ['-vf', 'scale=480:360,setsar=4/3'], size: '480x360', sar: '4:3' },
  {
    file: 'anamorphic-turned.mp4',
    rotation: 90,
    source: KOFI,
    options: ['-vf', 'transpose=2,scale=480:360,setsar=4/3'],
    size: '360x480',
    sar: '3:4',
  },
  {
    file: 'interlaced.mp4',
    options: [
      '-vf',
      'scale=640:360,tinterlace=interleave_top,setfield=tff',
      '-flags',
      '+ilme+ildct',
      '-x264-params',
      'tff=1',
    ],
    rate: '25/2',
    plainly: 'yadif',
  },
  {
    file: 'bt601.mp4',
    options: [...SIZED(640, 360), ...TAGS('smpte170m', 'smpte170m', 'smpte170m')],
    tags: ['smpte170m', 'smpte170m', 'smpte170m', 'tv'],
  },
  {
    file: 'bt2020.mp4',
    options: [
      ...SIZED(640, 360),
      ...X265,
      '-pix_fmt',
      'yuv420p10le',
      ...TAGS('bt2020nc', 'bt2020-10', 'bt2020'),
    ],
    tags: ['bt2020nc', 'bt2020-10', 'bt2020', 'tv'],
  },
  {
    file: 'rgb.mkv',
    options: ['-vf', 'scale=640:360,format=bgr0', '-c:v', 'ffv1'],
    tags: ['bt709', 'bt709', 'bt709', 'tv'],
    plainly: 'scale=out_color_matrix=bt709:out_range=tv',
  },
]

/** Makes a clip in a folder of its own below `parent`. */
export async function make(
  { file, options = SIZED(640, 360), rotation, source = 'presenter_elena_1280x720.mp4', seconds = 0.6 }: Clip,
  parent: string,
): Promise<string> {
  const folder = await mkdtemp(join(parent, 'clip-'))
  const path = join(folder, file)
  const codec = options.includes('-c:v') ? [] : ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '16']
  const sound = options.includes('-c:a') ? [] : ['-an']
  const input = ['-v', 'error', '-y', '-t', String(seconds), '-i', presenter(source)]
  await run(ffmpegPath(), [...input, ...codec, ...options, ...sound, path])
  if (!rotation) return path
  const turned = join(folder, `turned-${file}`)
  await run(ffmpegPath(), [
    '-v',
    'error',
    '-i',
    path,
    '-c',
    'copy',
    '-metadata:s:v',
    `rotate=${360 - rotation}`,
    turned,
  ])
  return turned
}
