import { explain, type Refusal, statusOf } from '#core/limits/refusal'
import { problem } from './problem.ts'

/** The answer to somebody who asks for more than the limits allow. */
export const refused = (refusal: Refusal): Response =>
  problem(statusOf(refusal), refusal.code, explain(refusal), refusal.params)
