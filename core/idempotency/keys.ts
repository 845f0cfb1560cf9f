import { db } from '#core/db'

const SECOND_MS = 1000
/** How long a key is remembered. */
const KEPT_MS = 24 * 3600 * SECOND_MS
/** No request takes so long: whose process is gone by then can't say any more whether it made something. */
const RUNS_MS = 60 * SECOND_MS

/** A request under a key: who sent it, and hashes of the key and of all that was asked. */
export interface KeyedRequest {
  sender: string
  keyHash: string
  requestHash: string
}

/** What a request under a key may do. */
export type Start =
  /** It is the first: whoever got this answers it, and says so with `keepAnswer` or `forgetKey`. */
  | { outcome: 'first' }
  | { outcome: 'answered'; answer: Uint8Array }
  | { outcome: 'in_progress' }
  /** The first one ended without an answer, by an error of ours or with its process. */
  | { outcome: 'outcome_unknown' }
  /** Something else was asked under the same key. */
  | { outcome: 'key_reused' }

/** Takes a key for a request; of any number at once with the same key, in however many processes, one is the first. */
export async function startKeyed({ sender, keyHash, requestHash }: KeyedRequest): Promise<Start> {
  const taken = await db().$executeRaw`
    INSERT INTO "IdempotencyKey" (sender, "keyHash", "requestHash") VALUES (${sender}, ${keyHash}, ${requestHash})
    ON CONFLICT (sender, "keyHash") DO UPDATE SET "requestHash" = excluded."requestHash", "createdAt" = now(), answer = NULL
      WHERE "IdempotencyKey"."createdAt" < now() - ${KEPT_MS} * interval '1 ms'`
  if (taken === 1) return { outcome: 'first' }
  const [known] = await db().$queryRaw<{ requestHash: string; answer: Uint8Array | null; old: boolean }[]>`
    SELECT "requestHash", answer, "createdAt" < now() - ${RUNS_MS} * interval '1 ms' AS old
    FROM "IdempotencyKey" WHERE sender = ${sender} AND "keyHash" = ${keyHash}`
  // Forgotten in this moment, because the first one made nothing.
  if (!known) return { outcome: 'in_progress' }
  if (known.requestHash !== requestHash) return { outcome: 'key_reused' }
  if (known.answer) return { outcome: 'answered', answer: known.answer }
  return { outcome: known.old ? 'outcome_unknown' : 'in_progress' }
}

/** Remembers what the first request was answered, for those that come after it. */
export async function keepAnswer({ sender, keyHash }: KeyedRequest, answer: Uint8Array): Promise<void> {
  const bytes = new Uint8Array(answer)
  await db().idempotencyKey.update({
    where: { sender_keyHash: { sender, keyHash } },
    data: { answer: bytes },
  })
}

/** Lets the next request with this key be the first: this one made nothing. */
export async function forgetKey({ sender, keyHash }: KeyedRequest): Promise<void> {
  await db().idempotencyKey.deleteMany({ where: { sender, keyHash } })
}

/** Removes keys whose time is over. */
export async function removeOldKeys(): Promise<void> {
  await db().idempotencyKey.deleteMany({ where: { createdAt: { lt: new Date(Date.now() - KEPT_MS) } } })
}
