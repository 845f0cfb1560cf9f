import { spawnSync } from 'node:child_process'
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { programOnPath } from '#core/media/programs'

/**
 * What keeps a media process from the rest of the machine: bubblewrap shows it its own files alone and no network,
 * bare namespaces take the network and root's powers, and without either it sees what this user sees.
 */
export type WallKind = 'bubblewrap' | 'namespaces' | 'none'

/** Programs that limit others, by path; null where this system has none that works. */
export type Walls = {
  kind: WallKind
  bwrap: string | null
  unshare: string | null
  prlimit: string | null
  setpriv: string | null
  /** What `setpriv` can take from root here, as its arguments. */
  drop: string[]
  choom: string | null
  nice: string | null
}

/** The user that a process believes to be; outside it is nobody else than before, without any powers. */
const NOBODY = '65534'

/** A media process gets nothing of what this process knows: no secret, no address, no option of Node. */
export function mediaEnvironment(source: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { PATH = '/usr/bin:/bin', TMPDIR = '/tmp', LD_LIBRARY_PATH } = source
  const libraries = LD_LIBRARY_PATH ? { LD_LIBRARY_PATH } : {}
  return { PATH, TMPDIR, LANG: 'C.UTF-8', ...libraries } as unknown as NodeJS.ProcessEnv
}

const found = new Map<string, Walls>()

/**
 * The strongest wall that really works here around a program, tried once in each process. MEDIA_BOX=namespaces or
 * none asks for a weaker one. As plain user and as root alike; a container that forbids namespaces has the weakest.
 */
export function wallsFor(program: string): Walls {
  const asked = process.env.MEDIA_BOX ?? ''
  const key = `${asked} ${program}`
  const walls = found.get(key) ?? tryWalls(program, asked)
  found.set(key, walls)
  return walls
}

function tryWalls(program: string, asked: string): Walls {
  const none = { kind: 'none', bwrap: null, unshare: null } as const
  if (process.platform !== 'linux') {
    const nice = working('nice', ['-n', '5'])
    return { ...none, prlimit: null, setpriv: null, drop: [], choom: null, nice }
  }
  const tools = {
    prlimit: working('prlimit', ['--core=0', '--']),
    setpriv: working('setpriv', privilegeArgs([])),
    drop: powersToDrop(),
    choom: working('choom', ['-n', '900', '--']),
    nice: working('nice', ['-n', '5']),
  }
  const bwrap = asked === 'none' || asked === 'namespaces' ? null : programOnPath('bwrap')
  if (bwrap && runs([bwrap, ...bubblewrapArgs(program, [], []), program, '-version'])) {
    return { ...tools, kind: 'bubblewrap', bwrap, unshare: null }
  }
  const unshare = asked === 'none' ? null : programOnPath('unshare')
  if (unshare && runs([unshare, ...NAMESPACES, program, '-version'])) {
    return { ...tools, kind: 'namespaces', bwrap: null, unshare }
  }
  return { ...tools, ...none }
}

function working(name: string, args: readonly string[]): string | null {
  const program = programOnPath(name)
  return program && runs([program, ...args, 'true']) ? program : null
}

function runs([command, ...args]: string[]): boolean {
  return spawnSync(command, args, { env: mediaEnvironment(), stdio: 'ignore', timeout: 20_000 }).status === 0
}

/** `unshare`'s arguments: no network, no shared memory, and of root nothing but the name. */
export const NAMESPACES = [`--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--user', '--net', '--ipc', '--']

/** What takes root's powers. */
export const NO_POWERS = '--bounding-set=-all'

/** `setpriv`'s arguments: what it starts ends with this process, gains nothing, and loses what `drop` says. */
export function privilegeArgs(drop: readonly string[]): string[] {
  return ['--pdeathsig', 'KILL', '--no-new-privs', ...drop, '--']
}

/** A container may keep root from leaving its groups, or from dropping anything. */
function powersToDrop(): string[] {
  if (!isRoot()) return []
  const choices = [
    [NO_POWERS, '--inh-caps=-all', '--clear-groups'],
    [NO_POWERS, '--inh-caps=-all'],
  ]
  return choices.find((choice) => working('setpriv', privilegeArgs(choice))) ?? []
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Where programs and their libraries live, on every kind of system. */
const SYSTEM = ['/usr', '/lib', '/lib32', '/lib64', '/libx32', '/bin', '/sbin', '/nix/store', '/gnu/store']
/** How libraries are found. */
const LINKER = ['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/alternatives']

/**
 * `bwrap`'s arguments: a file system of programs, libraries and the given files alone, everything but `writes` for
 * reading; no network, no other process in sight, no powers; it ends when this process does.
 */
export function bubblewrapArgs(
  program: string,
  reads: readonly string[],
  writes: readonly string[],
): string[] {
  return [
    ...['--unshare-user', '--unshare-all', '--die-with-parent', '--uid', NOBODY, '--gid', NOBODY],
    ...SYSTEM.flatMap(systemFolder),
    ...LINKER.flatMap((path) => ['--ro-bind-try', path, path]),
    ...hidden(),
    ...programFolders(program).flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--dev', '/dev', '--remount-ro', '/dev'],
    ...reads.map((path) => resolve(path)).flatMap((path) => ['--ro-bind-try', path, path]),
    ...writes.map((path) => resolve(path)).flatMap((path) => ['--dev-bind', path, path]),
    ...['--remount-ro', '/', '--chdir', '/', '--'],
  ]
}

function systemFolder(path: string): string[] {
  try {
    return lstatSync(path).isSymbolicLink()
      ? ['--symlink', readlinkSync(path), path]
      : ['--ro-bind', path, path]
  } catch {
    return []
  }
}

/** Greenroom's own folders, where they lie among the system's: a container may keep it in /usr/src/app. */
function hidden(): string[] {
  const own = [process.cwd(), process.env.DATA_DIR].filter((path) => path !== undefined)
  return own
    .map((path) => resolve(path))
    .filter((path) => isSystem(path))
    .flatMap((path) => ['--tmpfs', path])
}

/** What a program outside the system's folders needs: its own folder, and the libraries beside it. */
function programFolders(program: string): string[] {
  const folder = dirname(realpathSync(program))
  const visible = isSystem(folder) && !folder.startsWith(process.cwd() + sep)
  return visible ? [dirname(program)] : [folder, resolve(folder, '../lib'), dirname(program)]
}

const isSystem = (path: string): boolean => SYSTEM.some((folder) => path.startsWith(folder + sep))
