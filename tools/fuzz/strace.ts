import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const CALLS = 'execve,open,openat,creat,connect,bind,sendto,pivot_root'

/** The command that runs another under strace, with a log for each thread; null where strace can't be used here. */
export function straceCommand(logs: string): string[] | null {
  const probe = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
  if (probe.status !== 0) return null
  return [
    'strace',
    '-ff',
    '--seccomp-bpf',
    '-qq',
    '-s',
    '4096',
    '-e',
    `trace=${CALLS}`,
    '-o',
    join(logs, 'thread'),
  ]
}

/** What belongs to every program: libraries, the list of processors, devices without content. */
const SYSTEM =
  /^\/(usr|lib|lib32|lib64|bin|sbin|nix\/store|opt|etc\/(ld\.so\.|alternatives\/|localtime)|sys\/devices\/system\/(cpu|node)|proc\/(self|filesystems|cpuinfo|meminfo|sys\/(kernel|vm)\/)|dev\/(null|zero|urandom|random|tty)$)/

/** Opens and addresses of ffmpegs beyond `allowed` folders, in the logs of a run whose own `threads` don't count. */
export function foreignCalls(logs: string, threads: readonly number[], allowed: readonly string[]): string[] {
  const own = new Set(threads.map((id) => `thread.${id}`))
  return readdirSync(logs)
    .filter((name) => name.startsWith('thread.') && !own.has(name))
    .flatMap((name) => foreignIn(readFileSync(join(logs, name), 'utf8'), allowed))
}

/** The same in one thread's log. */
export function foreignIn(log: string, allowed: readonly string[]): string[] {
  const lines = log.split('\n')
  const programs = lines.flatMap((line, n) =>
    executed(line) ? [{ n, program: basename(executed(line)!) }] : [],
  )
  // A thread that executed nothing is one of ffmpeg's, unless it is what bubblewrap leaves to wait for it.
  if (programs.length === 0 && log.includes('pivot_root(')) return []
  const from =
    programs.length === 0 ? 0 : programs.findIndex(({ program }) => /^ff(mpeg|probe)/.test(program))
  if (from < 0) return []
  return lines.slice(programs[from]?.n ?? 0).filter((line) => isForeign(line, allowed))
}

const executed = (line: string): string | undefined =>
  line.endsWith(' = 0') ? /^execve\("([^"]+)"/.exec(line)?.[1] : undefined

function isForeign(line: string, allowed: readonly string[]): boolean {
  if (/^(connect|bind|sendto)\(/.test(line)) return /AF_INET6?|AF_UNIX/.test(line)
  const path = /^(?:openat\(AT_FDCWD, |open\(|creat\()"((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
  if (path === undefined || / = -1 /.test(line)) return false
  return !SYSTEM.test(path) && !allowed.some((folder) => path.startsWith(folder))
}
