import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { ffmpegPath, ffprobePath } from '#core/media/binaries'
import { type MediaProbe, probeMedia } from '#core/media/probe'
import { cutSpeech, inputFor, setUpStage, speech } from '#test/worker/engines/stage'
import { CLIPS, type Clip, make, TAGS, X265 } from './clips.ts'

const run = promisify(execFile)
const stage = setUpStage()
// Renders share two cores with other tests.
vi.setConfig({ testTimeout: 90_000 })
let audio: string

beforeAll(async () => {
  audio = await cutSpeech(stage, speech('speech_en_short.wav'), SPEECH)
})

test.for(CLIPS)('$file', async (clip) => {
  const path = await make(clip, stage.folder)
  const source = await probeMedia(path)
  const input = await inputFor(stage, audio, path)
  const result = await stage.engine.render(input, {
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  const made = await probeMedia(input.outputPath)
  const video = made.video!
  expect([video.codec, video.rotation]).toEqual(['h264', 0])
  expect(`${video.width}x${video.height}`).toBe(clip.size ?? '640x360')
  const [num, den] = (clip.rate ?? '25/1').split('/').map(Number)
  expect(video.fpsNum / video.fpsDen).toBeCloseTo(num / den, 2)
  expect(video.frames).toBe(Math.round((SPEECH * num) / den))
  expect(await times(input.outputPath)).toEqual(Array.from({ length: result.frames }, (_, n) => n))
  expect(tagsOf(made)).toEqual(clip.tags ?? tagsOf(source))
  expect(video.sampleAspectRatio).toBe(clip.sar ?? '1:1')
  expect(await psnrOfTop(path, input.outputPath, clip)).toBeGreaterThanOrEqual(40)
})

test.for(['smpte2084', 'arib-std-b67'])(
  'high dynamic range by %s becomes an ordinary picture',
  async (transfer) => {
    const curve = `zscale=min=709:tin=709:pin=709:rin=limited:t=${transfer}:m=2020_ncl:p=2020:npl=203`
    const options = [
      '-vf',
      `scale=640:360,${curve},format=yuv420p10le`,
      ...X265,
      ...TAGS('bt2020nc', transfer, 'bt2020'),
    ]
    const path = await make({ file: `${transfer}.mp4`, options }, stage.folder)
    const input = await inputFor(stage, audio, path)
    await stage.engine.render(input, { signal: new AbortController().signal, onProgress: () => {} })
    const made = await probeMedia(input.outputPath)
    expect(tagsOf(made)).toEqual(['bt709', 'bt709', 'bt709', 'tv'])
    const [hdr, sdr] = await Promise.all([brightness(path), brightness(input.outputPath)])
    expect(made.video!.pixelFormat).toBe('yuv420p')
    expect(
      Math.abs(sdr - (await brightness(await make({ file: 'ordinary.mp4' }, stage.folder)))),
    ).toBeLessThan(25)
    expect(sdr).not.toBe(hdr)
  },
)

const SPEECH = 0.48

/** Index of each frame by its time, in the order of showing. */
async function times(path: string): Promise<number[]> {
  const entries = [
    '-select_streams',
    'v',
    '-show_entries',
    'frame=best_effort_timestamp_time',
    '-of',
    'csv=p=0',
  ]
  const { stdout } = await run(ffprobePath(), ['-v', 'error', ...entries, path])
  const seconds = stdout.split(/\s+/).filter(Boolean).map(Number.parseFloat)
  const { video } = await probeMedia(path)
  return seconds.map((time) => Math.round((time * video!.fpsNum) / video!.fpsDen))
}

function tagsOf({ video }: MediaProbe): (string | null)[] {
  return [video!.colorSpace, video!.colorTransfer, video!.colorPrimaries, video!.colorRange]
}

/** PSNR of the top fifth, where nothing is redrawn, against the source converted by the plainest means. */
async function psnrOfTop(source: string, result: string, { plainly = 'null' }: Clip): Promise<number> {
  const { fpsNum, fpsDen, colorRange } = (await probeMedia(result)).video!
  const even = 'crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0'
  const format = colorRange === 'pc' ? 'yuvj420p' : 'yuv420p'
  const top = `format=${format},crop=iw:trunc(ih/10)*2:0:0,settb=1/1000,setpts=N,setsar=1`
  const compared = `[0:v]setpts=PTS-STARTPTS,${plainly},fps=${fpsNum}/${fpsDen},${even},${top}[a];[1:v]${top}[b];[a][b]psnr=shortest=1`
  const args = ['-hide_banner', '-i', source, '-i', result, '-lavfi', compared, '-f', 'null', '-']
  const { stderr } = await run(ffmpegPath(), args)
  const found = /PSNR .*average:(\S+)/.exec(stderr)?.[1] ?? 'nothing'
  return found === 'inf' ? 100 : Number(found)
}

/** Mean luma of the first frame, 0 to 255. */
async function brightness(path: string): Promise<number> {
  const args = ['-v', 'error', '-i', path, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', '-']
  const { stdout } = await run(ffmpegPath(), args, { encoding: 'buffer', maxBuffer: 2 ** 26 })
  return stdout.reduce((total, value) => total + value, 0) / stdout.length
}
