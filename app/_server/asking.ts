import { headers } from 'next/headers'
import { type Asking, askedFrom } from '#core/audit/asking'
import { addressOf } from './origin.ts'

/** What the audit says of where a request came from. */
export const askingOf = (headers: Headers): Asking => ({
  address: addressOf(headers),
  browser: headers.get('user-agent'),
})

/** Runs what a page does as asked for by whoever opens it, as routes do of themselves. */
export const askedByPage = async <Result>(work: () => Promise<Result>): Promise<Result> =>
  askedFrom(askingOf(await headers()), work)
