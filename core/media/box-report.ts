import { ffmpegPath, mediaToolchain } from '#core/media/binaries'
import { programOnPath } from '#core/media/programs'
import { isRoot, NO_POWERS, type Walls, wallsFor } from '#core/media/walls'

/** What keeps hostile media from doing harm, each by itself. */
export type BoxMeasureName =
  | ('network' | 'files' | 'memory' | 'cpu_time' | 'file_size' | 'processes')
  | ('priority' | 'out_of_memory' | 'powers' | 'group' | 'user' | 'ffmpeg')

/** What to do about a measure that is missing. */
export type Remedy =
  | ('install_bubblewrap' | 'allow_namespaces' | 'install_util_linux' | 'leave_root' | 'update_ffmpeg')
  | ('unset_media_box' | 'use_linux')

export type BoxMeasure = {
  name: BoxMeasureName
  inForce: boolean
  /** The program that sees to it, where one does. */
  by: string | null
  remedy: Remedy | null
}

/** Which measures are in force in this process, and what would bring the others. */
export async function boxReport(): Promise<BoxMeasure[]> {
  const walls = wallsFor(ffmpegPath())
  const { ffmpeg, ffprobe } = await mediaToolchain()
  return [...wallMeasures(walls), ...limitMeasures(walls), ...userMeasures(walls), ffmpegMeasure()]

  function ffmpegMeasure(): BoxMeasure {
    return measure('ffmpeg', ffmpeg.outdated || ffprobe.outdated ? null : ffmpeg.version, 'update_ffmpeg')
  }
}

function wallMeasures({ kind, bwrap, unshare }: Walls): BoxMeasure[] {
  const wall = bwrap ? 'bubblewrap' : unshare ? 'unshare' : null
  return [
    measure('network', wall, wallRemedy()),
    measure('files', kind === 'bubblewrap' ? 'bubblewrap' : null, wallRemedy()),
  ]
}

function limitMeasures({ kind, prlimit, nice, choom }: Walls): BoxMeasure[] {
  const limits = prlimit && 'prlimit'
  const missing = onLinux('install_util_linux')
  // Linux doesn't count root's processes; those of others are counted in a namespace of their own.
  const counted = kind !== 'none' && !isRoot() ? limits : null
  return [
    measure('memory', limits, missing),
    measure('cpu_time', limits, missing),
    measure('file_size', limits, missing),
    measure('processes', counted, !limits ? missing : isRoot() ? 'leave_root' : wallRemedy()),
    measure('priority', nice && 'nice', missing),
    measure('out_of_memory', choom && 'choom', missing),
  ]
}

function userMeasures({ bwrap, unshare, setpriv, drop }: Walls): BoxMeasure[] {
  const by = bwrap ? 'bubblewrap' : setpriv ? 'setpriv' : null
  const missing = onLinux('install_util_linux')
  const powers = bwrap ? 'bubblewrap' : unshare ? 'unshare' : drop.includes(NO_POWERS) ? 'setpriv' : null
  return [
    measure('powers', powers ?? (isRoot() ? null : 'user'), missing),
    measure('group', by, missing),
    measure('user', isRoot() ? null : 'user', 'leave_root'),
  ]
}

function wallRemedy(): Remedy {
  if (process.env.MEDIA_BOX === 'none' || process.env.MEDIA_BOX === 'namespaces') return 'unset_media_box'
  return onLinux(programOnPath('bwrap') ? 'allow_namespaces' : 'install_bubblewrap')
}

const onLinux = (remedy: Remedy): Remedy => (process.platform === 'linux' ? remedy : 'use_linux')

function measure(name: BoxMeasureName, by: string | null, remedy: Remedy): BoxMeasure {
  return { name, inForce: by !== null, by, remedy: by === null ? remedy : null }
}

/** The measures in words, for a terminal. Pages have theirs in the catalogues. */
export const MEASURE_WORDS: Record<BoxMeasureName, string> = {
  network: 'no network',
  files: 'no file but its own',
  memory: 'limited memory',
  cpu_time: 'limited processor time',
  file_size: 'limited size of files',
  processes: 'limited number of processes',
  priority: 'low priority',
  out_of_memory: 'first to end when memory runs out',
  powers: 'no powers of root',
  group: 'ends with the process that started it',
  user: 'portal and worker run as an ordinary user',
  ffmpeg: 'ffmpeg is recent enough for files of strangers',
}

export const REMEDY_WORDS: Record<Remedy, string> = {
  install_bubblewrap: 'install bubblewrap (Debian, Ubuntu: apt install bubblewrap)',
  allow_namespaces:
    'bubblewrap is here but may not make namespaces. In Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or run as an ordinary user on the host. On Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0',
  install_util_linux: 'install util-linux, which brings prlimit, setpriv and choom',
  leave_root:
    'give the data folder to a user of its own (useradd --system greenroom; chown -R greenroom DATA): started as root, Greenroom then runs as that user',
  update_ffmpeg: 'install ffmpeg 5 or newer, or point FFMPEG_PATH and FFPROBE_PATH to one',
  unset_media_box: 'unset MEDIA_BOX',
  use_linux: 'only Linux can do this; keep strangers from a portal on macOS',
}
