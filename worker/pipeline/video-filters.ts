import type { VideoPlan } from './video-plan.ts'

/**
 * Filters that bring a decoded video to the result's constant rate. Time counts from the first frame: from the one
 * that arrives first, or from `firstPts` where decoding starts later.
 */
export function timeFilters({ fps, deinterlace }: VideoPlan, firstPts: number | null): string[] {
  return [
    firstPts === null ? 'setpts=PTS-STARTPTS' : `setpts=PTS-(${firstPts})`,
    // Only frames that are marked as interlaced are changed.
    ...(deinterlace ? ['yadif=deint=interlaced'] : []),
    `fps=${fps.num}/${fps.den}`,
  ]
}

/** Filters that bring a frame to the result's size, pixel format and colours. */
export function pictureFilters(plan: VideoPlan): string[] {
  const { width, height, scaledFrom, pixelFormat, conversion } = plan
  const decoded = scaledFrom ?? plan
  return [
    `crop=${decoded.width}:${decoded.height}:0:0`,
    ...conversionFilters(conversion),
    `format=${pixelFormat}`,
    ...(scaledFrom ? [`scale=${width}:${height}:flags=area`] : []),
  ]
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
