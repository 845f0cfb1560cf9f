import { spawnSync } from 'node:child_process'

/** For `unshare`: the program sees mounts of its own, and may make them without being root. */
const OWN_MOUNTS = ['unshare', '--user', '--map-root-user', '--mount']

/** Whether this machine lets its users make mounts that only their own programs see. */
export const mountable: boolean =
  spawnSync(OWN_MOUNTS[0], [...OWN_MOUNTS.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

/**
 * A command that turns into the one appended to it, after a shell script that may mount what it likes. The script may
 * `await_file NAME &&` do things beside the program; that ends with it.
 */
export function withMounts(script: string): string[] {
  const awaitFile = 'await_file() { while ! [ -e "$1" ]; do kill -0 $$ || exit; sleep 0.1; done; }'
  return [...OWN_MOUNTS, 'sh', '-ec', `${awaitFile}\n${script}\nexec "$@"`, 'sh']
}
