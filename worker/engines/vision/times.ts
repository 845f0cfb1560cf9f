/** More stretches than this are summed up by "…". */
const MAX = 8

/** The stretches of a video whose frames fulfil a condition, such as "0:03-0:07, 1:12-1:13"; empty for none. */
export function timesOf(values: Float32Array, fps: number, holds: (value: number) => boolean): string {
  const stretches: string[] = []
  for (let n = 0; n < values.length; ) {
    let end = n
    while (end < values.length && holds(values[end])) end++
    if (end > n) stretches.push(`${clock(Math.floor(n / fps))}-${clock(Math.ceil(end / fps))}`)
    n = end + 1
  }
  const distinct = [...new Set(stretches)]
  return distinct.length > MAX ? `${distinct.slice(0, MAX).join(', ')}, …` : distinct.join(', ')
}

/** Values in at most so many columns: 0 where no value fulfils a condition, 9 where all do. */
const COLUMNS = 100

/** The same as a picture in digits, one a column. */
export function stripOf(values: Float32Array, holds: (value: number) => boolean): string {
  const columns = Math.min(COLUMNS, values.length)
  return Array.from({ length: columns }, (_, column) => {
    const [from, to] = [column, column + 1].map((n) => Math.floor((n * values.length) / columns))
    return Math.round((9 * values.subarray(from, to).filter(holds).length) / (to - from))
  }).join('')
}

function clock(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${String(seconds % 60).padStart(2, '0')}`
}
