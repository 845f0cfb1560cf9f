/** Longest line that is searched for progress. */
const MAX_LINE = 2000

/** Cuts a program's output into lines as it comes; progress bars end theirs with a carriage return. */
export function createLineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split(/[\r\n]+/)
    rest = (lines.pop() as string).slice(-MAX_LINE)
    for (const line of lines) if (line) onLine(line.slice(0, MAX_LINE))
  }
}

/**
 * How far a program is, 0..1, by a line of its output; null where the line doesn't say. Without a pattern, ffmpeg's
 * `out_time` (seconds of the speech that are done) and percentages count.
 */
export function progressOf(line: string, pattern: RegExp | null, speechSeconds: number): number | null {
  const share = pattern ? byPattern(line, pattern) : (byTime(line, speechSeconds) ?? byPattern(line, PERCENT))
  return share === null || !Number.isFinite(share) ? null : Math.min(1, Math.max(0, share))
}

const PERCENT = /(\d+(?:\.\d+)?)\s?%/

/** One group: a percentage where a % is matched or the number is above 1, else a fraction. Two groups: done of all. */
function byPattern(line: string, pattern: RegExp): number | null {
  const match = pattern.exec(line)
  if (!match) return null
  const value = Number(match[1])
  if (match[2] !== undefined) return value / Number(match[2])
  return match[0].includes('%') || value > 1 ? value / 100 : value
}

/** ffmpeg's `-progress` lines; `out_time_ms` holds microseconds, in every version. */
function byTime(line: string, speechSeconds: number): number | null {
  const micro = /^out_time_(?:ms|us)=(\d+)/.exec(line)
  if (micro) return Number(micro[1]) / 1e6 / speechSeconds
  const clock = /\b(?:out_)?time=(\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(line)
  if (!clock) return null
  const [, hours, minutes, seconds] = clock.map(Number)
  return (hours * 3600 + minutes * 60 + seconds) / speechSeconds
}
