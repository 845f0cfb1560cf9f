import { spawnSync } from 'node:child_process'

/** For `unshare`: the program sees mounts of its own, and may make them without being root. */
const OWN_MOUNTS = ['unshare', '--user', '--map-root-user', '--mount']

/**
 * False where somebody knows that this machine lets nobody mount, and said that its tests shall do without; then it
 * says so. In CI they never do without.
 */
export function mustMount(): boolean {
  if (process.env.GREENROOM_WITHOUT_MOUNTS !== '1' || process.env.CI) return true
  console.warn('Left out, as GREENROOM_WITHOUT_MOUNTS=1 asks for: tests of a full and of a read-only disk.')
  return false
}

/** Fails, with what to do, where this machine lets its users make no mounts that only their own programs see. */
export function requireMounts(): void {
  const { status, stderr } = spawnSync(
    OWN_MOUNTS[0],
    [...OWN_MOUNTS.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'],
    { encoding: 'utf8' },
  )
  if (status === 0) return
  throw new Error(
    `A disk that is full or read-only can't be tried here, because this machine lets no program make mounts of its own (${stderr?.trim()}). ` +
      'Allow user namespaces, or leave those tests out with GREENROOM_WITHOUT_MOUNTS=1.',
  )
}

/**
 * A command that turns into the one appended to it, after a shell script that may mount what it likes. The script may
 * `await_file NAME &&` do things beside the program; that ends with it.
 */
export function withMounts(script: string): string[] {
  const awaitFile = 'await_file() { while ! [ -e "$1" ]; do kill -0 $$ || exit; sleep 0.1; done; }'
  return [...OWN_MOUNTS, 'sh', '-ec', `${awaitFile}\n${script}\nexec "$@"`, 'sh']
}
