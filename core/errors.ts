/** The end of a discriminated union: fails to compile when a case is missing, throws if one arrives anyway. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected case: ${JSON.stringify(value)}`)
}

/** The text of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whether an error, or a line that ffmpeg printed, says that a disk takes no more. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    code === 'EFBIG' ||
    /No space left on device|Disk quota exceeded|File too large/i.test(String(error))
  )
}
