import { NextRequest } from 'next/server'
import type { z } from 'zod'
import { ApiProblem, problem } from './problem.ts'

const KIB = 1024
/** Enough for ten thousand ids. */
const MAX_BYTES = 1024 * KIB

/** The request's JSON body, checked. An empty body counts as `{}`. Answers 400 or 413 when it won't do. */
export async function readBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const text = await readText(request)
  return schema.parse(parseJson(text))
}

/** The request's query, checked. */
export const readQuery = <Schema extends z.ZodType>(request: Request, schema: Schema): z.infer<Schema> =>
  schema.parse(Object.fromEntries(new URL(request.url).searchParams))

/**
 * The same request with its body already read, for a framework that would take any length of it into memory. An
 * ApiProblem 413 as soon as more than `maxBytes` have come.
 */
export async function withBoundedBody(request: NextRequest, maxBytes: number): Promise<NextRequest> {
  if (!request.body) return request
  const { method, headers } = request
  return new NextRequest(request.url, { method, headers, body: await readText(request, maxBytes) })
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiProblem(problem(400, 'invalid_request', 'The body is not valid JSON.'))
  }
}

/** The request's body as text. Answers 413 as soon as more than `maxBytes` have come. */
export async function readText(request: Request, maxBytes = MAX_BYTES): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes)
      throw new ApiProblem(
        problem(413, 'body_too_large', `The body has more than ${maxBytes / KIB} KiB. Send less at once.`),
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
