import { z } from 'zod'

/** ffprobe writes numbers as text and leaves out, or writes N/A for, what it doesn't know. */
const number = z.preprocess((value) => {
  const parsed = Number(value)
  return value === null || value === undefined || !Number.isFinite(parsed) ? undefined : parsed
}, z.number().optional())

const sideData = z.array(z.object({ rotation: number, displaymatrix: z.string().optional() })).optional()

const stream = z.object({
  index: z.number().int(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  sample_rate: number,
  channels: number,
  duration: number,
  width: number,
  height: number,
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  start_time: number,
  nb_frames: number,
  pix_fmt: z.string().optional(),
  field_order: z.string().optional(),
  color_space: z.string().optional(),
  color_range: z.string().optional(),
  color_primaries: z.string().optional(),
  color_transfer: z.string().optional(),
  sample_aspect_ratio: z.string().optional(),
  disposition: z.object({ attached_pic: z.number().optional() }).optional(),
  tags: z.object({ rotate: number, alpha_mode: number }).optional(),
  side_data_list: sideData,
})

const output = z.object({
  format: z.object({ format_name: z.string(), duration: number }),
  streams: z.array(stream),
  frames: z.array(z.object({ side_data_list: sideData })).optional(),
})

export type ProbeStream = z.infer<typeof stream>
export type ProbeOutput = z.infer<typeof output>

/** Parses ffprobe's JSON; undefined when it isn't what ffprobe writes. */
export function probeOutput(json: Buffer): ProbeOutput | undefined {
  try {
    const parsed = output.safeParse(JSON.parse(json.toString('utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
