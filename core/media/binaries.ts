import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ASKING } from '#core/media/needs'
import { runMedia } from '#core/media/process'
import { isExecutable, programOnPath } from '#core/media/programs'

export type BinarySource = 'env' | 'path' | 'bundled'

export type MediaBinary = {
  path: string
  version: string
  source: BinarySource
  /** Too old to face untrusted files: a release before 5.0, or a snapshot build from before 2024. */
  outdated: boolean
}

export type MediaToolchain = { ffmpeg: MediaBinary; ffprobe: MediaBinary }

type Located = { path: string; source: BinarySource }

const located = new Map<ToolName, Located>()
type ToolName = 'ffmpeg' | 'ffprobe'

/** Path of ffmpeg: FFMPEG_PATH, then PATH, then the bundled one. Throws when there is none. */
export function ffmpegPath(): string {
  return locate('ffmpeg').path
}

/** Path of ffprobe: FFPROBE_PATH, then PATH, then the bundled one. Throws when there is none. */
export function ffprobePath(): string {
  return locate('ffprobe').path
}

/** Asked once: pages show it often. */
let described: Promise<[MediaBinary, MediaBinary]> | null = null

/** Which ffmpeg and ffprobe are used, their versions, and whether these are too old; for the health page. */
export async function mediaToolchain(): Promise<MediaToolchain> {
  described ??= Promise.all([describe('ffmpeg'), describe('ffprobe')])
  const [ffmpeg, ffprobe] = await described.catch((error) => {
    described = null
    throw error
  })
  return { ffmpeg, ffprobe }
}

/** Version and age from the first line that `ffmpeg -version` prints. */
export function readVersionLine(line: string): { version: string; outdated: boolean } {
  const version = /version (\S+)/.exec(line)?.[1] ?? 'unknown'
  const release = /^n?(\d+)\.\d+/.exec(version)
  if (release) return { version, outdated: Number(release[1]) < 5 }
  const lastYear = Number(/\(c\) \d{4}-(\d{4})/.exec(line)?.[1] ?? 0)
  return { version, outdated: lastYear < 2024 }
}

async function describe(tool: ToolName): Promise<MediaBinary> {
  const { path, source } = locate(tool)
  const { stdout } = await runMedia(path, ['-version'], ASKING, { timeoutMs: 10_000 })
  return { path, source, ...readVersionLine(stdout.toString('utf8').split('\n')[0]) }
}

function locate(tool: ToolName): Located {
  const known = located.get(tool)
  if (known) return known
  const found = fromEnv(tool) ?? fromPath(tool) ?? bundled(tool)
  located.set(tool, found)
  return found
}

function fromEnv(tool: ToolName): Located | undefined {
  const name = tool === 'ffmpeg' ? 'FFMPEG_PATH' : 'FFPROBE_PATH'
  const path = process.env[name]
  if (!path) return undefined
  if (!isExecutable(path)) throw new Error(`${name}: must be the path of an executable file, not ${path}`)
  return { path, source: 'env' }
}

function fromPath(tool: ToolName): Located | undefined {
  const path = programOnPath(process.platform === 'win32' ? `${tool}.exe` : tool)
  return path ? { path, source: 'path' } : undefined
}

/** Asks the installer package in a way that Next's bundler doesn't follow. */
function bundled(tool: ToolName): Located {
  const packageName = `@${tool}-installer/${tool}`
  try {
    const { path } = createRequire(join(process.cwd(), 'package.json'))(packageName) as { path: string }
    return { path, source: 'bundled' }
  } catch (cause) {
    throw new Error(`No ${tool} found: set ${tool.toUpperCase()}_PATH or install it`, { cause })
  }
}
