import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Band } from '#core/queue/ordering'

/** What somebody asked for and what the portal answered: a promise to be kept. */
export type Entry =
  /** Written before a batch is sent: without an answer it may be there whole, or not at all. */
  | { kind: 'asked'; name: string; videos: number }
  | { kind: 'accepted'; name: string; batchId: string; jobIds: string[] }
  | { kind: 'cancel'; jobId: string; outcome: string }
  | { kind: 'move'; jobId: string; band: Band | null; outcome: string }
  | { kind: 'uploaded'; assetId: string; bytes: number }
  /** The portal said no, in words. */
  | { kind: 'refused'; what: string }
  /** Killed while it was asked, or not there: what was asked for may be done or not. */
  | { kind: 'unanswered'; what: string }

export interface Ledger {
  /** Returns once the entry is on the disk. */
  write(entry: Entry): void
  close(): void
}

export function openLedger(file: string): Ledger {
  const handle = openSync(file, 'a')
  return {
    write(entry) {
      writeSync(handle, `${JSON.stringify(entry)}\n`)
      fsyncSync(handle)
    },
    close: () => closeSync(handle),
  }
}

export const readLedger = (file: string): Entry[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry)
