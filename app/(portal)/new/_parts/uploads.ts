import { ApiError, call } from '#app/_components/api/call'
import type { AssetFindings } from '#core/asset/findings'
import type { Kind } from './file-kind.ts'
import { startTransfer, type Transfer } from './transfer.ts'

const AT_ONCE = 3

/** What the server found in a file that it accepted. */
export interface AssetInfo {
  id: string
  name: string
  durationMs: number
  width: number | null
  height: number | null
  hasAudio: boolean
  bytes: number
  thumbnail: string | null
  peaks: number[]
  state: 'inspecting' | 'ready' | 'ready_with_warnings'
  findings: AssetFindings
  sprite: string | null
}

export type UploadStatus =
  | 'waiting'
  | 'uploading'
  | 'checking'
  | 'offline'
  | 'signedOut'
  | 'ready'
  | 'refused'
  | 'failed'

export interface UploadItem {
  key: string
  kind: Kind
  file: File
  status: UploadStatus
  /** 0 to 1. */
  sent: number
  assetId?: string
  asset?: AssetInfo
  problem?: ApiError
  /** Its inspection takes longer than people should wait for; it may be used all the same. */
  overdue?: boolean
}

/** True while an inspection may still say something about a file. */
export const isInspected = ({ status, asset, overdue }: UploadItem): boolean =>
  status !== 'ready' || overdue === true || asset?.state !== 'inspecting'

/** So long a batch waits for an inspection, which nobody makes where no worker runs. */
const PATIENCE_MS = 6000

/** True while a file is on its way, or would be if somebody signed in. */
export const isUnderWay = ({ status }: UploadItem): boolean =>
  ['waiting', 'uploading', 'checking', 'offline', 'signedOut'].includes(status)

export type Uploads = ReturnType<typeof createUploads>

/**
 * The files of a new batch and their uploads, three at a time, as a store that a page can watch.
 * `onSmallerParts` is called once, when something between browser and portal refuses large requests.
 */
export function createUploads(onSmallerParts: () => void) {
  let saidSmaller = false
  let items: UploadItem[] = []
  const transfers = new Map<string, Transfer>()
  /** Kept here too: the tus client forgets an upload when a lost session refuses to show it. */
  const urls = new Map<string, string>()
  const watchers = new Set<() => void>()

  const commit = (next: UploadItem[]) => {
    items = next
    for (const each of watchers) each()
  }
  const patch = (key: string, change: Partial<UploadItem>) =>
    commit(items.map((item) => (item.key === key ? { ...item, ...change } : item)))
  const find = (key: string) => items.find((item) => item.key === key)

  function pump(): void {
    for (const item of items) {
      if (transfers.size >= AT_ONCE) return
      if (item.status === 'waiting' && !transfers.has(item.key)) start(item)
    }
  }

  function start({ key, kind, file, assetId }: UploadItem): void {
    if (assetId) return void look(key, assetId)
    patch(key, { status: 'uploading', problem: undefined })
    const transfer = startTransfer(kind, file, urls.get(key), {
      onUrl: (url) => urls.set(key, url),
      onProgress: (sent, total) => progress(key, total ? sent / total : 0),
      onInterrupted: () => patch(key, { status: 'offline' }),
      onSmallerParts: () => {
        if (!saidSmaller) onSmallerParts()
        saidSmaller = true
      },
      onDone: (id) => void look(key, id),
      onFailed: (problem) => end(key, { status: statusFor(problem), problem }),
    })
    transfers.set(key, transfer)
  }

  /** Browsers report every few milliseconds; a step of half a percent is worth drawing. */
  function progress(key: string, sent: number): void {
    const item = find(key)
    const status = sent < 1 ? 'uploading' : 'checking'
    if (item && (item.status !== status || Math.abs(item.sent - sent) >= 0.005)) patch(key, { status, sent })
  }

  /** The file is accepted: what is it like? */
  async function look(key: string, assetId: string): Promise<void> {
    patch(key, { status: 'checking', sent: 1, assetId, problem: undefined })
    try {
      const asset = await call<AssetInfo>('GET', `assets/${assetId}`)
      end(key, { status: 'ready', asset })
      if (asset.state === 'inspecting') setTimeout(() => patch(key, { overdue: true }), PATIENCE_MS)
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError(0, 'unknown', String(error))
      end(key, { status: problem.status === 401 ? 'signedOut' : 'failed', problem })
    }
  }

  function end(key: string, change: Partial<UploadItem>): void {
    transfers.delete(key)
    patch(key, change)
    pump()
  }

  return {
    subscribe(watcher: () => void): () => void {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    items: () => items,

    /** Adds files; one that is in the list already is not added twice. A speech takes the place of the one before. */
    add(kind: Kind, files: File[]): void {
      const taken = kind === 'speech' ? files.slice(0, 1) : files
      if (kind === 'speech') this.removeAll('speech')
      const fresh = taken.filter(
        (file) => !items.some((item) => item.kind === kind && isSame(item.file, file)),
      )
      commit([
        ...items,
        ...fresh.map((file) => ({ key: newKey(), kind, file, status: 'waiting' as const, sent: 0 })),
      ])
      pump()
    },

    /** Takes a file out of the list and off the server if it was still arriving. */
    remove(key: string): void {
      const item = find(key)
      if (item && item.status !== 'ready') transfers.get(key)?.discard()
      transfers.delete(key)
      urls.delete(key)
      commit(items.filter((each) => each.key !== key))
      pump()
    },

    removeAll(kind: Kind): void {
      for (const item of items) if (item.kind === kind) this.remove(item.key)
    },

    /** Tries again what stopped: one file, or all whose session or connection was lost. */
    retry(key?: string): void {
      const due = (item: UploadItem) =>
        key
          ? item.key === key && (item.status === 'failed' || item.status === 'signedOut')
          : item.status === 'signedOut' || (item.status === 'failed' && item.problem?.code === 'network')
      commit(items.map((item) => (due(item) ? { ...item, status: 'waiting' } : item)))
      pump()
    },

    /** More may be known of a file, or of any where none is named: looks again. */
    async lookAgain(assetId?: string): Promise<void> {
      for (const item of items) {
        if (item.status !== 'ready' || (assetId ? item.assetId !== assetId : isInspected(item))) continue
        const asset = await call<AssetInfo>('GET', `assets/${item.assetId}`).catch(() => null)
        if (asset) patch(item.key, { asset })
      }
    },

    /** Stops all; the server keeps what has arrived for a day. */
    pauseAll(): void {
      for (const transfer of transfers.values()) transfer.pause()
      transfers.clear()
      commit(items.map((item) => (isUnderWay(item) ? { ...item, status: 'waiting' } : item)))
    },
    resume: pump,
  }
}

let keys = 0
const newKey = (): string => `file ${++keys}`

const isSame = (one: File, other: File): boolean =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified

function statusFor({ status }: ApiError): UploadStatus {
  if (status === 401) return 'signedOut'
  return status >= 400 && status < 500 && status !== 429 ? 'refused' : 'failed'
}
