import { z } from 'zod'

/** When in a presenter's video a face can be used, as an engine tells it with `no_face`. */
export const faceTimes = z.object({
  /** Share of the video, in percent. */
  percent: z.number(),
  /** Stretches such as "0:03-0:07, 1:12-1:13"; empty for none. */
  seen: z.string(),
  missing: z.string(),
  /** The video from start to end in columns: 0 where no frame can be used, 9 where all can. */
  strip: z.string().regex(/^\d+$/),
  /** Length of what the strip shows. */
  seconds: z.number(),
})

export type FaceTimes = z.infer<typeof faceTimes>

/** The column RenderJob.errorParams of a job that failed with `no_face`; null where it lacks the times. */
export function faceTimesOf(errorParams: unknown): FaceTimes | null {
  return faceTimes.safeParse(errorParams).data ?? null
}
