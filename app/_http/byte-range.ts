/** Bytes `start` to `end` of a file, both included. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * The one range a request asks for (RFC 9110); null for the whole file: when there is none, when it isn't
 * understood or names several, or when If-Range names other content.
 */
export function rangeOf(headers: Headers, etag: string, size: number): ByteRange | 'unsatisfiable' | null {
  const ifRange = headers.get('if-range')
  if (ifRange && ifRange !== etag) return null
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range')?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const [first, last] = [match[1], match[2]]
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return null
  return start >= size ? 'unsatisfiable' : { start, end }
}
