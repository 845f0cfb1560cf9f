import { clockLength, fileSize } from '#app/_components/format'

type Params = Record<string, string | number>

const length = (seconds: string | number) => clockLength(Number(seconds) * 1000)
const size = (bytes: string | number) => fileSize(Number(bytes))
const millions = (pixels: string | number) => (Number(pixels) / 1e6).toFixed(1)

/** Words of the texts that are made of one parameter. */
const MADE_OF = {
  free: ['freeBytes', size],
  minFree: ['minFreeBytes', size],
  used: ['usedBytes', size],
  asked: ['askedBytes', size],
  room: ['limitBytes', size],
  size: ['bytes', size],
  maxSize: ['maxBytes', size],
  length: ['seconds', length],
  maxLength: ['maxSeconds', length],
  maxMegapixels: ['maxPixels', millions],
} as const

/** What the texts of errors may use: the parameters, and these as people read them: sizes, lengths, kinds of files. */
export function errorWords(
  params: Params,
  { kindOf, clock }: { kindOf: (kind: string) => string; clock: (at: Date) => string },
): Params {
  const words: Params = { reference: 'none', ...params }
  for (const [word, [param, read]] of Object.entries(MADE_OF))
    if (params[param] !== undefined) words[word] = read(params[param])
  if (params.found !== undefined) words.found = kindOf(String(params.found))
  if (params.freesAt !== undefined) words.frees = clock(new Date(params.freesAt))
  return words
}
