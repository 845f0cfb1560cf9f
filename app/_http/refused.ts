import type { Refusal } from '#core/limits/limits'
import { explain, statusOf } from '#core/limits/refusal'
import { problem } from './problem.ts'

/** The answer to somebody who asks for more than the limits allow. */
export const refused = (refusal: Refusal): Response =>
  problem(statusOf(refusal), refusal.code, explain(refusal), refusal.params)
