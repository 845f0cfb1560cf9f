import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ffmpegPath } from '#core/media/binaries'
import { fileUrl } from '#core/media/input'
import { rendering } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import { type HeygemServer, NoAnswer } from './protocol.ts'
import { openShare } from './share.ts'

/**
 * 'seen': the server reads and writes where this machine does. 'unseen': it does not, in its own words if it has any.
 * 'unknown': it is busy, or failed for another reason; to be asked again later.
 */
export type ShareTest = { outcome: 'seen' } | { outcome: 'unseen'; said: string } | { outcome: 'unknown' }

const POLL_MS = 300
const GIVE_UP_MS = 60_000

/** How servers say that a file is not there. */
const MISSING = /no such file|not (?:exist|found)|不存在|找不到|can(?:not|'t) open/i

/** Our own presenter: a job without a face would fail, and show nothing. */
const PRESENTER = fileURLToPath(
  new URL('../../../public/samples/presenters/presenter_elena_1280x720.mp4', import.meta.url),
)

/**
 * Hands a server a job of a moment, and looks whether anything of it appears in the share: the result, or the folder
 * that a server makes for its own work.
 */
export async function testShare(
  server: HeygemServer,
  { share, inside }: { share: string; inside: string },
  { pollMs = POLL_MS, giveUpMs = GIVE_UP_MS } = {},
): Promise<ShareTest> {
  const shared = openShare(share, inside)
  const code = randomUUID()
  const signal = AbortSignal.timeout(giveUpMs)
  try {
    const files = await shared.open(code)
    await writeMoment(files.audioPath, ['-f', 'lavfi', '-i', 'sine=d=0.4:sample_rate=16000', '-f', 'wav'])
    const picture = ['-i', fileUrl(PRESENTER), '-t', '0.4', '-vf', 'scale=-2:360', '-an', '-f', 'mp4']
    await writeMoment(files.videoPath, picture, [PRESENTER])
    const job = { code, audio: files.audioInside, video: files.videoInside }
    const answer = await server.submit(job, signal)
    if (answer.kind === 'busy') return { outcome: 'unknown' }
    if (answer.kind === 'refused') return judged(answer.message)
    return await follow(server, code, share, pollMs, signal)
  } catch (error) {
    if (signal.aborted || error instanceof NoAnswer) return { outcome: 'unknown' }
    throw error
  } finally {
    await shared.remove(code).catch(() => {})
  }
}

async function follow(
  server: HeygemServer,
  code: string,
  share: string,
  pollMs: number,
  signal: AbortSignal,
): Promise<ShareTest> {
  for (;;) {
    await sleep(pollMs, null, { signal })
    const answer = await server.query(code, signal)
    if (await appears(share, code)) return { outcome: 'seen' }
    if (answer.kind === 'unknown') return { outcome: 'unknown' }
    if (answer.kind === 'failed') return judged(answer.message)
    // A network share may show a new file a little later.
    if (answer.kind === 'done') {
      await sleep(LATER_MS, null, { signal })
      return (await appears(share, code)) ? { outcome: 'seen' } : { outcome: 'unseen', said: '' }
    }
  }
}

const LATER_MS = 2000

const judged = (said: string): ShareTest =>
  MISSING.test(said) ? { outcome: 'unseen', said } : { outcome: 'unknown' }

/** Whether the server has left anything of a job where this machine sees it. */
async function appears(share: string, code: string): Promise<boolean> {
  const names = [join('temp', code), join('temp', `${code}-r.mp4`), `${code}-r.mp4`, join('result', code)]
  const found = await Promise.all(
    names.map((name) =>
      access(join(share, name)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}

async function writeMoment(path: string, args: string[], reads: string[] = []): Promise<void> {
  const { exitCode, stderrTail } = await runMedia(
    ffmpegPath(),
    ['-nostdin', '-v', 'error', '-y', ...args, fileUrl(path)],
    rendering(reads, [path]),
  )
  if (exitCode !== 0) throw new Error(`ffmpeg could not make a clip: ${stderrTail}`)
}
