import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isRunning, type ProcessIdentity } from './process-table.ts'
import { step } from './say.ts'

/** What a lock file says: who holds it, and whatever the holder wants others to know. */
export type Holder = ProcessIdentity & { url?: string; stopping?: boolean }

export type Lock = {
  /** Changes what others read in the lock. */
  note: (facts: Omit<Holder, keyof ProcessIdentity>) => void
  release: () => void
}

export type LockAttempt = { taken: true; lock: Lock } | { taken: false; holder: Holder }

/** Takes the lock `file`, or says who has it. One left by a process that no longer runs is taken over. */
export function tryLock(file: string): LockAttempt {
  mkdirSync(dirname(file), { recursive: true })
  const own = { ...identify(process.pid)! }
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(own))
  try {
    for (;;) {
      try {
        linkSync(draft, file)
        return { taken: true, lock: heldLock(file, own) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = readHolder(file)
      if (holder && isRunning(holder)) return { taken: false, holder }
      removeStale(file, holder)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Does `work` while holding the lock `file`. Waits for its turn and says so: `busy` is what the holder does. */
export async function withLock<T>(file: string, busy: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeTurn(file, busy)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

async function takeTurn(file: string, busy: string): Promise<Lock> {
  const attempt = tryLock(file)
  if (attempt.taken) return attempt.lock
  return step(`Waiting for another Greenroom (pid ${attempt.holder.pid}) that is ${busy}`, async () => {
    for (;;) {
      await sleep(300)
      const again = tryLock(file)
      if (again.taken) return again.lock
    }
  })
}

function heldLock(file: string, own: ProcessIdentity): Lock {
  return {
    note(facts) {
      const draft = `${file}.${process.pid}`
      writeFileSync(draft, JSON.stringify({ ...own, ...facts }))
      renameSync(draft, file)
    },
    release() {
      if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true })
    },
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

/** Renamed before it is removed: if somebody took the lock over in between, theirs is put back. */
function removeStale(file: string, seen: Holder | undefined): void {
  const aside = `${file}.stale-${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const found = readHolder(aside)
  if (found && (found.pid !== seen?.pid || found.startedAt !== seen.startedAt)) renameSync(aside, file)
  else rmSync(aside, { force: true })
}
