import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { NextRequest } from 'next/server'
import { ZodError } from 'zod'
import { currentUser } from '#app/_auth/user'
import { webEnv } from '#app/_server/env'
import { assertNever } from '#core/errors'
import { forgetKey, type KeyedRequest, keepAnswer, startKeyed } from '#core/idempotency/keys'
import { readText } from './body.ts'
import { ApiProblem, problem } from './problem.ts'

const KEY = /^[\x21-\x7e]{8,200}$/
/** What else than its body says what an upload is to be. */
const ASKING_HEADERS = ['upload-length', 'upload-metadata', 'upload-defer-length']
const STREAMED = 'application/offset+octet-stream'

/**
 * Answers a POST that carries an `Idempotency-Key` so that what it makes is made once: the same request under the same
 * key is answered as the first one was (201 and `Idempotent-Replayed: true`), for a day. While the first runs, 409; for
 * another request under the key, 422. A request that makes nothing, which is any other status than 201, is forgotten.
 */
export async function once(
  request: NextRequest,
  handle: (request: NextRequest) => Promise<Response>,
): Promise<Response> {
  const key = request.headers.get('idempotency-key')
  if (key === null || request.method !== 'POST' || request.headers.get('content-type') === STREAMED)
    return handle(request)
  if (!KEY.test(key))
    return problem(400, 'invalid_request', 'An Idempotency-Key has 8 to 200 characters.', { field: 'key' })
  const body = await readText(request)
  const keyed = await identify(request, key, body)
  const start = await startKeyed(keyed.request)
  switch (start.outcome) {
    case 'first': {
      const { url, headers } = request
      return answerFirst(keyed, () => handle(new NextRequest(url, { method: 'POST', headers, body })))
    }
    case 'answered':
      return open(start.answer, keyed.secret)
    case 'in_progress':
      return problem(409, 'in_progress', 'The same request is being worked on.', undefined, {
        'Retry-After': '1',
      })
    case 'outcome_unknown':
      return problem(
        409,
        'outcome_unknown',
        'An earlier try ended without an answer. Look whether it is done.',
      )
    case 'key_reused':
      return problem(422, 'key_reused', 'Another request was sent with this Idempotency-Key.')
    default:
      return assertNever(start)
  }
}

interface Keyed {
  request: KeyedRequest
  /** Only who has the key, and the portal, know it: the database keeps neither an answer nor a body in the clear. */
  secret: Buffer
}

async function identify(request: NextRequest, key: string, body: string): Promise<Keyed> {
  const sender = (await currentUser())?.id ?? 'nobody'
  const secret = Buffer.from(hkdfSync('sha256', webEnv().NEXTAUTH_SECRET, key, 'idempotency', 32))
  const { pathname, search } = request.nextUrl
  const asked = [pathname + search, ...ASKING_HEADERS.map((name) => request.headers.get(name)), body]
  const requestHash = createHmac('sha256', secret).update(JSON.stringify(asked)).digest('hex')
  const keyHash = createHash('sha256').update(key).digest('hex')
  return { request: { sender, keyHash, requestHash }, secret }
}

/** After an error of ours nobody knows whether something was made: the key is not free then. */
async function answerFirst({ request, secret }: Keyed, handle: () => Promise<Response>): Promise<Response> {
  const response = await handle().catch(async (error: unknown) => {
    if (error instanceof ApiProblem || error instanceof ZodError) await forgetKey(request)
    throw error
  })
  if (response.status < 500 && response.status !== 201) await forgetKey(request)
  if (response.status !== 201) return response
  const text = await response.text()
  await keepAnswer(request, seal({ headers: [...response.headers], text }, secret))
  return new Response(text, { status: 201, headers: response.headers })
}

interface Answer {
  headers: [string, string][]
  text: string
}

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the text. */
function seal(answer: Answer, secret: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

function open(bytes: Uint8Array, secret: Buffer): Response {
  const sealed = Buffer.from(bytes)
  const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(12, 28))
  const opened = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()])
  const { headers, text } = JSON.parse(opened.toString('utf8')) as Answer
  return new Response(text, { status: 201, headers: [...headers, ['Idempotent-Replayed', 'true']] })
}
