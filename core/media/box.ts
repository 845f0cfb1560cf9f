import { closeSync, openSync } from 'node:fs'
import type { MediaNeeds } from '#core/media/needs'
import { bubblewrapArgs, mediaEnvironment, NAMESPACES, privilegeArgs, wallsFor } from '#core/media/walls'

/** How a program is started so that it stays within its needs. */
export type Boxed = {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  /** Whether it leads a process group, which dies with this process by the kernel's hand. */
  group: boolean
  /** Whether a signal that ended the program arrives as an exit code of 128 and more. */
  signalsAsCodes: boolean
}

/** Threads and processes; an ffmpeg on many cores starts a few dozen. */
const MAX_PROCESSES = 512
const MAX_OPEN_FILES = 256

/**
 * The command that runs a media program in a box: a small environment, no network, no file but those it needs, limits
 * on memory, CPU time, file size and processes, low priority, and first to die when memory runs out. Each of these as
 * far as the system can; `npm run doctor` says how far. Files that it will write are made here, empty.
 */
export function boxed(program: string, args: readonly string[], needs: MediaNeeds): Boxed {
  for (const path of needs.writes) closeSync(openSync(path, 'a', 0o600))
  const { kind, bwrap, unshare, prlimit, setpriv, drop, choom, nice } = wallsFor(program)
  const walled = kind !== 'none'
  const chain = [
    ...(nice ? [nice, '-n', '5'] : []),
    ...(choom ? [choom, '-n', '900', '--'] : []),
    ...(prlimit ? [prlimit, ...limitArgs(needs), '--'] : []),
    ...(bwrap ? [bwrap, ...bubblewrapArgs(program, needs.reads, needs.writes)] : []),
    ...(unshare ? [unshare, ...NAMESPACES] : []),
    // In a namespace, root's powers are gone already.
    ...(setpriv && !bwrap ? [setpriv, ...privilegeArgs(unshare ? [] : drop)] : []),
    // Within a namespace alone: outside, the limit would count whatever else this user runs.
    ...(prlimit && walled ? [prlimit, `--nproc=${MAX_PROCESSES}`, '--'] : []),
    program,
    ...args,
  ]
  return {
    command: chain[0],
    args: chain.slice(1),
    env: mediaEnvironment(),
    group: bwrap !== null || setpriv !== null,
    signalsAsCodes: bwrap !== null,
  }
}

function limitArgs({ memoryBytes, cpuSeconds, fileBytes }: MediaNeeds): string[] {
  return [
    `--as=${memoryBytes}`,
    `--cpu=${cpuSeconds}:${cpuSeconds + 5}`,
    `--fsize=${fileBytes}`,
    `--nofile=${MAX_OPEN_FILES}`,
    '--core=0',
  ]
}
