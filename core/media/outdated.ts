import { mediaToolchain } from '#core/media/binaries'

/**
 * Throws where an ffmpeg that is too old to face strangers' files would serve a portal that strangers can reach.
 * ALLOW_OUTDATED_FFMPEG=1 lets it.
 */
export async function refuseOutdatedFfmpeg(source: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!isPublic(source.PUBLIC_URL) || source.ALLOW_OUTDATED_FFMPEG === '1') return
  const { ffmpeg, ffprobe } = await mediaToolchain()
  const old = [ffmpeg, ffprobe].find(({ outdated }) => outdated)
  if (!old) return
  throw new Error(
    `PUBLIC_URL is set, and ${old.path} (${old.version}) is too old to open files of strangers. ` +
      'Install ffmpeg 5 or newer (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg), ' +
      'or set ALLOW_OUTDATED_FFMPEG=1 if you trust everybody who can upload.',
  )
}

/** Whether an address is for others than the people at this machine. */
export function isPublic(url: string | undefined): boolean {
  if (!url) return false
  if (!URL.canParse(url)) return true
  const { hostname } = new URL(url)
  return !(/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost'))
}
