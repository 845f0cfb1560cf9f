import { z } from 'zod'

/** The engines a batch may ask for. */
export const ENGINE_NAMES = ['mouth', 'wav2lip', 'heygem', 'command'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

/** Preview is at most 480 pixels on the short side and encoded fast; high spends more time on fewer artefacts. */
export const QUALITIES = ['preview', 'standard', 'high'] as const

/** Frame rates a result may be converted to. */
export const OUTPUT_RATES = [24, 25, 30, 50, 60] as const

/** Lengths of a result's short side in pixels. */
export const OUTPUT_SIZES = [480, 720, 1080, 2160] as const

/**
 * How a batch is rendered, stored with it and used again by a resubmit. Every field has a default, so `{}` is
 * the ordinary render, and options that came later apply to batches from before them.
 */
export const renderOptions = z.object({
  quality: z.enum(QUALITIES).default('standard'),
  /** Null: the portal's default engine. */
  engine: z.enum(ENGINE_NAMES).nullable().default(null),
  /** Which face speaks where there are several: the largest, the outermost, or the one nearest a picked point (0 to 1). */
  face: z
    .union([
      z.enum(['largest', 'left', 'right']),
      z.object({ x: z.number().min(0).max(1), y: z.number().min(0).max(1) }),
    ])
    .default('largest'),
  /** Milliseconds by which the lips lead the sound; people find 0 to 40 natural. */
  leadMs: z.number().int().min(-200).max(200).default(20),
  /** How far the mouth opens, 1 as modelled. */
  strength: z.number().min(0.3).max(1.5).default(1),
  /** How much the mouth spreads and rounds, 1 as modelled. */
  expressiveness: z.number().min(0).max(1.5).default(1),
  /** What a video shorter than the speech does: play back and forth, or stay on its last frame. */
  shortVideo: z.enum(['loop', 'freeze']).default('loop'),
  /** What a photo does: keep still, or come a little nearer and back, slowly. */
  photo: z.enum(['held', 'moving']).default('held'),
  /** The colour behind a picture that can be seen through. */
  background: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .default('#ffffff'),
  /** Frames a second of the result. Null: as the video. */
  fps: z.literal(OUTPUT_RATES).nullable().default(null),
  /** Short side of the result in pixels, never enlarged. Null: as the video. */
  size: z.literal(OUTPUT_SIZES).nullable().default(null),
})

export type RenderOptions = z.infer<typeof renderOptions>

/** The ordinary render. */
export const DEFAULT_OPTIONS: RenderOptions = renderOptions.parse({})

const EVERY = Object.keys(DEFAULT_OPTIONS) as (keyof RenderOptions)[]
const OF_THE_FILE: (keyof RenderOptions)[] = [
  'quality',
  'engine',
  'face',
  'photo',
  'background',
  'fps',
  'size',
]

const SUPPORTED: Record<EngineName, readonly (keyof RenderOptions)[]> = {
  mouth: EVERY,
  wav2lip: EVERY.filter((option) => option !== 'strength' && option !== 'expressiveness'),
  // What the other programs do with lips and short videos is up to them.
  heygem: OF_THE_FILE,
  command: OF_THE_FILE,
}

/** Whether an option changes anything where this engine renders. */
export const supportsOption = (engine: EngineName, option: keyof RenderOptions): boolean =>
  SUPPORTED[engine].includes(option)

/** The column Batch.options. What was stored before a field came, or by a later version, gets the defaults. */
export function optionsOf(column: unknown): RenderOptions {
  const parsed = renderOptions.safeParse(column ?? {})
  return parsed.success ? parsed.data : DEFAULT_OPTIONS
}
