import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { probeMedia } from '#core/media/probe'
import { translateFileError } from '#worker/pipeline/file-error'

/** A job's files in the folder that this machine and the server both see. */
export interface SharedJob {
  code: string
  /** The inputs' folder, as this machine sees it. */
  audioPath: string
  videoPath: string
  /** The same as the server sees them. */
  audioInside: string
  videoInside: string
}

export interface Share {
  /** Makes the folder of a job. */
  open(code: string): Promise<SharedJob>
  /** The whole, readable result of a job: where the server said it is, or where servers put it. Null: none. */
  findResult(code: string, said: string, signal: AbortSignal): Promise<string | null>
  /** Removes all of a job. */
  remove(code: string): Promise<void>
  /** Removes a job's inputs; its result, which the server may still write, goes with a later `sweep`. */
  abandon(code: string): Promise<void>
  /** Removes what abandoned jobs have left since. */
  sweep(): Promise<void>
}

/** Our folder in the share: one folder a job, named by its code. */
const FOLDER = 'greenroom'
const ABANDONED = '.abandoned'
/** Left by a worker that was killed; no render takes so long. */
const STALE_MS = 24 * 3600_000

/** `root` is the share here, `inside` the same folder as the server sees it. */
export function openShare(root: string, inside: string): Share {
  const folderOf = (code: string) => join(root, FOLDER, code)
  const places = (code: string) =>
    ['temp', '', 'result', join('temp', code), join('result', code)].map((folder) =>
      join(root, folder, `${code}-r.mp4`),
    )
  const removeResults = async (code: string) => {
    for (const path of places(code)) await rm(path, { force: true })
  }
  const removeAll = async (code: string, folder: string) => {
    await removeResults(code)
    // The server's own working folder.
    await rm(join(root, 'temp', code), { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
  }
  return {
    async open(code) {
      await mkdir(folderOf(code), { recursive: true }).catch(translateFileError)
      const [audio, video] = ['speech.wav', 'presenter.mp4']
      const at = (name: string) => ({
        here: join(folderOf(code), name),
        there: `${inside}/${FOLDER}/${code}/${name}`,
      })
      return {
        ...{ code, audioPath: at(audio).here, videoPath: at(video).here },
        ...{ audioInside: at(audio).there, videoInside: at(video).there },
      }
    },
    async findResult(code, said, signal) {
      for (const path of [...saidPlaces(root, inside, said), ...places(code)]) {
        if (await isWholeVideo(path, signal)) return path
      }
      return null
    },
    remove: (code) => removeAll(code, folderOf(code)),
    async abandon(code) {
      await rm(folderOf(code), { recursive: true, force: true })
      await mkdir(folderOf(code) + ABANDONED, { recursive: true })
    },
    async sweep() {
      for (const name of await readdir(join(root, FOLDER)).catch(() => [])) {
        const folder = join(root, FOLDER, name)
        const age = Date.now() - (await stat(folder).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs
        if (!name.endsWith(ABANDONED) && age < STALE_MS) continue
        const code = basename(name, ABANDONED)
        await (age < STALE_MS ? removeResults(code) : removeAll(code, folder))
      }
    },
  }
}

/** Moves a file, also from one disk to another. */
export async function moveFile(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') translateFileError(error)
    await copyFile(from, to).catch(translateFileError)
    await rm(from, { force: true })
  })
}

/**
 * Where a server's answer may point: its own absolute path, or one relative to the share or to its temp folder.
 * Only inside the share: the answer comes from outside.
 */
function saidPlaces(root: string, inside: string, said: string): string[] {
  if (!said) return []
  const path = said.startsWith(`${inside}/`) ? said.slice(inside.length) : said
  return [resolve(root, 'temp', `./${path}`), resolve(root, `./${path}`)].filter(
    (place) => !relative(root, place).startsWith('..') && dirname(place).startsWith(resolve(root)),
  )
}

/** A file that the server broke off in the middle of can't be probed. */
async function isWholeVideo(path: string, signal: AbortSignal): Promise<boolean> {
  const probe = await probeMedia(path, { signal }).catch(() => null)
  signal.throwIfAborted()
  return probe?.video != null && probe.durationSeconds > 0
}
