import type { Tx } from '#core/db'
import { type JobState, type JobTransition, TRANSITIONS } from '#core/render-job/state'
import type { Prisma, RenderJob } from '#prisma/client'

/** What a worker holds while it renders: every later write must show the token. */
export interface Claim {
  jobId: string
  claimToken: string
}

/** The part of a WHERE that limits jobs to that of a claim; only a running job has its token. */
export const heldBy = ({ jobId, claimToken }: Claim) => ({ id: jobId, claimToken })

/** Which jobs a transition is meant for; their state is the table's alone. */
export type Where = Omit<Prisma.RenderJobWhereInput, 'state'>
/** What a transition may write besides the state, which is the table's alone. */
export type Columns = Omit<Prisma.RenderJobUncheckedUpdateManyInput, 'state'>

/** The part of a WHERE that limits jobs to those that a transition applies to. */
export function applicable(name: JobTransition): { state: JobState | { in: JobState[] } } {
  const { from }: { from: readonly JobState[] } = TRANSITIONS[name]
  return { state: from.length === 1 ? from[0] : { in: [...from] } }
}

/**
 * The one guarded update of render jobs: those that match and are in one of the transition's from-states go to its
 * to-state. Returns the rows as they are now; none means that somebody else was first.
 */
export function transition(
  tx: Tx,
  name: JobTransition,
  where: Where,
  columns: Columns,
): Promise<RenderJob[]> {
  const { to } = TRANSITIONS[name]
  return tx.renderJob.updateManyAndReturn({
    where: { ...where, ...applicable(name) },
    data: to === 'same' ? columns : { ...columns, state: to },
  })
}
