/** What a media process may touch and use. Whatever it doesn't name here it doesn't get, as far as the system can. */
export type MediaNeeds = {
  /** Files and folders that it reads. */
  reads: readonly string[]
  /** Files that it writes, which need not exist yet. */
  writes: readonly string[]
  /** Address space, which is more than the memory that it really takes: threads reserve some that they never touch. */
  memoryBytes: number
  cpuSeconds: number
  /** Size of the largest file that it writes. */
  fileBytes: number
}

const MIB = 2 ** 20

/** A question to ffmpeg about itself. */
export const ASKING: MediaNeeds = {
  ...{ reads: [], writes: [], memoryBytes: 1024 * MIB, cpuSeconds: 20, fileBytes: 0 },
}

/** A look at one file that nobody has judged yet; a picture or sound may be written beside it. */
export function inspecting(file: string, writes: readonly string[] = []): MediaNeeds {
  return { reads: [file], writes, memoryBytes: 1536 * MIB, cpuSeconds: 300, fileBytes: 64 * MIB }
}

/** A part of a render: decoding, encoding, joining. A film of an hour in 4K may take a core for most of a day. */
export function rendering(reads: readonly string[], writes: readonly string[] = []): MediaNeeds {
  return { reads, writes, memoryBytes: 6144 * MIB, cpuSeconds: 86_400, fileBytes: 64 * 1024 * MIB }
}
