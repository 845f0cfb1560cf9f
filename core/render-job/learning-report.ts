import { z } from 'zod'

/**
 * Whether the engine learnt from the speech in a presenter's own video how this person opens the mouth: how well the
 * lips were followed before and after, as correlations on the part that it did not learn from, and whether what it
 * learnt was used. Null where the video has no speech in time with the lips.
 */
const adaptation = z.object({ before: z.number(), after: z.number(), used: z.boolean() }).nullable()

export type LearningReport = z.infer<typeof adaptation>

/** What a job's line "succeeded" tells of it; undefined where it tells nothing, as with engines that learn nothing. */
export function learningReportOf(eventData: unknown): LearningReport | undefined {
  return z.object({ adaptation: adaptation.optional() }).safeParse(eventData).data?.adaptation
}
