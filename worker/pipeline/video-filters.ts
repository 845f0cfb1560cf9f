import { stillFilters } from './still-motion.ts'
import type { VideoPlan } from './video-plan.ts'

/**
 * Filters that make a decoded video what the plan says: frames of a constant rate, each with its index as timestamp, of
 * the result's size, format and colours. `choice` picks some of them. Time counts from the first frame: from the one
 * that arrives first, or from `firstPts` where decoding starts later.
 */
export function videoFilters(plan: VideoPlan, choice: string, firstPts: number | null = null): string[] {
  if (plan.still) return [...pictureFilters(plan), ...stillFilters(plan), choice, 'setpts=N']
  return [...timeFilters(plan, firstPts), choice, 'setpts=N', ...pictureFilters(plan)]
}

function timeFilters({ fps, deinterlace }: VideoPlan, firstPts: number | null): string[] {
  return [
    firstPts === null ? 'setpts=PTS-STARTPTS' : `setpts=PTS-(${firstPts})`,
    // Only frames that are marked as interlaced are changed.
    ...(deinterlace ? ['yadif=deint=interlaced'] : []),
    `fps=${fps.num}/${fps.den}`,
  ]
}

/** Filters that bring a frame to the result's size, pixel format and colours. */
export function pictureFilters(plan: VideoPlan): string[] {
  const { width, height, scaledFrom, pixelFormat, conversion, ground } = plan
  const decoded = scaledFrom ?? plan
  return [
    ...(ground ? [groundFilter(ground)] : []),
    `crop=${decoded.width}:${decoded.height}:0:0`,
    ...conversionFilters(conversion),
    `format=${pixelFormat}`,
    ...(scaledFrom ? [`scale=${width}:${height}:flags=area`] : []),
  ]
}

/** Lays a picture that can be seen through on a colour. */
function groundFilter(colour: string): string {
  const [r, g, b] = [0, 2, 4].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
  const filled = `[back]lutrgb=r=${r}:g=${g}:b=${b}:a=255[ground]`
  return `format=gbrap,split[front][back];${filled};[ground][front]overlay=format=gbrp`
}

/** Filters of a colour conversion that `format` alone would do wrong. */
function conversionFilters(conversion: VideoPlan['conversion']): string[] {
  if (conversion === null) return []
  if (conversion === 'rgb') return ['scale=out_color_matrix=bt709:out_range=tv']
  // Diffuse white of high dynamic range is at 203 cd/m2 (ITU-R BT.2408).
  return [
    `zscale=tin=${conversion}:min=2020_ncl:pin=2020:rin=limited:t=linear:npl=203`,
    ...['format=gbrpf32le', 'zscale=p=709', 'tonemap=tonemap=mobius:desat=0', 'zscale=t=709:m=709:r=limited'],
  ]
}
