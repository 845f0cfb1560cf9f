import type { BulkOutcome } from '#core/bulk/bulk'
import { assertNever } from '#core/errors'
import type { ProblemCode } from './problem.ts'
import { refused } from './refused.ts'
import { forbidden } from './route.ts'

/** The answer to an action on many jobs. */
export function bulkAnswer(result: BulkOutcome): Response {
  switch (result.outcome) {
    case 'done':
      return Response.json(result)
    case 'changed': {
      const message = 'The matching jobs have changed. Look at the new preview, then send again.'
      const code: ProblemCode = 'selection_changed'
      const body = { code, message, preview: result.preview }
      return Response.json(body, { status: 409, headers: { 'Cache-Control': 'no-store' } })
    }
    case 'refused':
      return refused(result.refusal)
    case 'forbidden':
      return forbidden('operator')
    default:
      return assertNever(result)
  }
}
