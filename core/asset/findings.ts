import { z } from 'zod'

/** What an inspection may find wrong with a file that is taken all the same, each with what its texts need. */
const warning = z.discriminatedUnion('code', [
  z.object({ code: z.literal('silent') }),
  z.object({ code: z.literal('quiet'), db: z.number() }),
  z.object({ code: z.literal('clipped'), percent: z.number() }),
  z.object({ code: z.literal('music') }),
  z.object({ code: z.literal('turned_side') }),
  z.object({ code: z.literal('no_face') }),
  z.object({ code: z.literal('seldom_face'), percent: z.number() }),
  z.object({ code: z.literal('small_face'), pixels: z.number() }),
  z.object({ code: z.literal('people'), n: z.number() }),
  z.object({ code: z.literal('cuts'), n: z.number() }),
  z.object({ code: z.literal('damaged') }),
  z.object({ code: z.literal('not_inspected') }),
])

export type AssetWarning = z.infer<typeof warning>
export type WarningCode = AssetWarning['code']

/** Said to people, but nothing that they have to look at: it is mended, or a choice is theirs anyway. */
const NOTES: readonly WarningCode[] = ['turned_side']

const findings = z.object({
  warnings: z.array(warning).default([]),
  /** Level of the loud parts of the sound in dB below full scale. */
  loudDb: z.number().optional(),
  /** A digit a part of the video: 0 where no usable face was seen, 9 where there was always one. */
  strip: z.string().optional(),
  /** Share of the video with a usable face, in percent. */
  usable: z.number().optional(),
  face: z
    .object({
      /** Side of the face in pixels of the source. */
      pixels: z.number(),
      /** Degrees that the head is turned to a side. */
      yaw: z.number(),
      /** Middle of the face in shares of the picture. */
      x: z.number(),
      y: z.number(),
    })
    .optional(),
  people: z.number().optional(),
  cuts: z.number().optional(),
  /** Whether the picture is a photo, and whether it can be seen through: each has an option of its own. */
  still: z.boolean().optional(),
  alpha: z.boolean().optional(),
})

/** What is known of a file's content beyond its columns: Asset.findings. */
export type AssetFindings = z.infer<typeof findings>

/** The column Asset.findings; nothing where it was written by a later version. */
export function findingsOf(column: unknown): AssetFindings {
  const parsed = findings.safeParse(column ?? {})
  return parsed.success ? parsed.data : { warnings: [] }
}

/** Whether a warning needs somebody to look at the file. */
export const isSerious = ({ code }: AssetWarning): boolean => !NOTES.includes(code)
