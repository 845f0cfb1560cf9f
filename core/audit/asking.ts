import { AsyncLocalStorage } from 'node:async_hooks'

/** Where something is asked for: the address, as far as proxies are believed, and the browser's User-Agent. */
export interface Asking {
  address: string
  browser: string | null
}

const shared = globalThis as typeof globalThis & { greenroomAsking?: AsyncLocalStorage<Asking> }

function asking(): AsyncLocalStorage<Asking> {
  shared.greenroomAsking ??= new AsyncLocalStorage()
  return shared.greenroomAsking
}

/** Runs what somebody asks for; what is written down meanwhile says that it was asked for from there. */
export const askedFrom = <Result>(from: Asking, work: () => Result): Result => asking().run(from, work)

/** Where what runs now was asked for; null where no request asked for it. */
export const whereAsked = (): Asking | null => asking().getStore() ?? null
