import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A way for raw pictures or sound out of a child process. */
export interface ChildPipe {
  /** What the child writes to: one of its `stdio`. */
  childEnd: Socket
  /** The caller says so once the child has its end: from then on the blocks end when the child does. */
  handedOver(): void
  /**
   * Whole blocks as they come, each of which starts at an address for numbers. The next step may overwrite a block,
   * unless the exchange was given another buffer for it.
   */
  blocks(exchange?: Exchange): AsyncGenerator<Buffer>
  /** What the child wrote last and did not fill a block. */
  rest(): Buffer
  close(): void
}

/**
 * Lets a reader keep a block: a buffer of the same size, put here before the next step, takes its place, so that no
 * picture is copied only to have a buffer of its own.
 */
export interface Exchange {
  spare: Buffer | null
}

/** The buffer that was given for a block, if one was. */
export function taken(exchange: Exchange): Buffer | null {
  const { spare } = exchange
  exchange.spare = null
  return spare
}

/** One block is looked at and one waits while a third comes in, whose buffer the system has been told. */
const BUFFERS = 3
/** Blocks that wait or are looked at, from which on no more is read. */
const MAX_WHOLE = 2

/**
 * Reads blocks of `bytes` from a child straight into a few buffers. A pipe that `spawn` makes would have every 64 kB in
 * a new buffer of their own: at 720p that is 35 MB a second to collect as garbage.
 */
export async function openChildPipe(bytes: number): Promise<ChildPipe> {
  const buffers: Buffer[] = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(bytes))
  let filling = 0
  let filled = 0
  /** Blocks that are whole and not done with. */
  let whole = 0
  let ended = false
  let wake = () => {}
  const onread = {
    buffer: () => buffers[filling].subarray(filled),
    callback(count: number): boolean {
      filled += count
      if (filled < bytes) return true
      filled = 0
      filling = (filling + 1) % BUFFERS
      whole++
      wake()
      return whole < MAX_WHOLE
    },
  }
  const [ownEnd, childEnd] = await socketPair(onread)
  const end = () => {
    ended = true
    wake()
  }
  ownEnd.on('end', end).on('close', end).on('error', end)
  // What befalls the child's end shows at the own one.
  childEnd.on('error', () => {})
  ownEnd.resume()
  return {
    childEnd,
    handedOver: () => void childEnd.destroy(),
    async *blocks(exchange = { spare: null }) {
      for (let shown = 0; ; shown = (shown + 1) % BUFFERS) {
        while (whole === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve))
        if (whole === 0) return
        yield buffers[shown]
        buffers[shown] = taken(exchange) ?? buffers[shown]
        whole--
        if (!ended) ownEnd.resume()
      }
    },
    rest: () => buffers[filling].subarray(0, filled),
    close() {
      ownEnd.destroy()
      childEnd.destroy()
    },
  }
}

type OnRead = { buffer: () => Uint8Array; callback: (count: number) => boolean }

/** Two ends of a local connection, the first of which reads by `onread`. */
async function socketPair(onread: OnRead): Promise<[Socket, Socket]> {
  // A folder that only this user may enter, for as long as it takes to connect.
  const folder = await mkdtemp(join(shortTmpdir(), 'greenroom-pipe-'))
  const server = createServer({ pauseOnConnect: true })
  try {
    const path = join(folder, 'socket')
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
    return await new Promise<[Socket, Socket]>((resolve, reject) => {
      const own = connect({ path, onread: onread as never }).once('error', reject)
      server.once('connection', (other) => resolve([own, other]))
    })
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The system gives a socket's path little more than a hundred characters. */
const MAX_SOCKET_PATH = 70

function shortTmpdir(): string {
  return Buffer.byteLength(tmpdir()) <= MAX_SOCKET_PATH ? tmpdir() : '/tmp'
}
