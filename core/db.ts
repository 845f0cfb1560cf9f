import { Socket } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { env } from '#core/env'
import { type Prisma, PrismaClient } from '#prisma/client'

/** A transaction handed down to functions that take part in it. */
export type Tx = Prisma.TransactionClient

const shared = globalThis as typeof globalThis & { greenroomDb?: PrismaClient }

/** The process's one Prisma client on DATABASE_URL, made at first use. Survives hot reload. */
export function db(): PrismaClient {
  shared.greenroomDb ??= new PrismaClient({
    adapter: connectTo(env().DATABASE_URL),
    transactionOptions: { maxWait: 10_000, timeout: 20_000 },
  })
  return shared.greenroomDb
}

/** No transaction of ours does nothing for so long; one whose machine is gone keeps its locks no longer. */
const MAX_IDLE_IN_TRANSACTION = '30s'

/**
 * Connections to a database, each told that a page out of order costs hardly more than one in order: disks have no
 * moving heads any more, and a line fits into memory. So positions are counted from the index alone, whatever the
 * server's own setting is. Prisma leaves the zone off every time that it sends or reads, so theirs is UTC.
 */
export function connectTo(url: string): PrismaPg {
  const settings = `SET random_page_cost = 1.1; SET TIME ZONE 'UTC';
    SET idle_in_transaction_session_timeout = '${MAX_IDLE_IN_TRANSACTION}'`
  const onConnect = (client: pg.ClientBase) => client.query(settings)
  return new PrismaPg({ connectionString: url, max: 20, onConnect, stream: openSocket })
}

/** Closes the client's connections, for an orderly exit. */
export async function closeDb(): Promise<void> {
  await shared.greenroomDb?.$disconnect()
  shared.greenroomDb = undefined
}

const sockets = new Set<Socket>()

function openSocket(): Socket {
  const socket = new Socket()
  sockets.add(socket)
  return socket.once('close', () => sockets.delete(socket))
}

/**
 * Gives up all of the client's connections. What waits for an answer on one whose other end is gone without a word
 * would wait for a quarter of an hour; it fails now, and can be tried again on a new one.
 */
export function dropConnections(): void {
  for (const socket of sockets) socket.destroy(new Error('The database gave no answer.'))
}

/**
 * Thrown inside a transaction to take it back because a guarded update matched no row:
 * somebody else was first. `transact` turns it into a value at the transaction's edge.
 */
export class Superseded<Outcome> extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super('superseded')
    this.outcome = outcome
  }
}

/** Runs a transaction; a `Superseded` thrown inside rolls it back and becomes the returned outcome. */
export async function transact<Result>(
  work: (tx: Tx) => Promise<Result>,
  options?: { maxWait?: number; timeout?: number },
): Promise<Result> {
  try {
    return await db().$transaction(work, options)
  } catch (error) {
    if (error instanceof Superseded) return error.outcome as Result
    throw error
  }
}
