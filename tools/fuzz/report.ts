import { atMost, type Check, told } from '#tools/measure/check'
import type { FuzzReport } from './fuzz.ts'

/** What a run found, as figures. Where strace is missing, opens are known by the port alone, and that is told. */
export function checksOf(report: FuzzReport): Check[] {
  const { files, answers, crashes, hangs, left, foreign, killed, peakBytes, memoryLimit, watched } = report
  return [
    told('files', files),
    atMost('crashes of ours', crashes.length, 0),
    atMost('hangs past the limit', hangs.length, 0),
    atMost('files or processes left', left.length, 0),
    atMost('files or addresses opened beyond the input', foreign.length, 0),
    atMost('processes over the memory limit', peakBytes > memoryLimit ? 1 : 0, 0),
    told('most memory of one process', peakBytes / 2 ** 20, 'MiB'),
    told('watched by strace', watched ? 1 : 0),
    told('ended by a signal, in their box', killed.length),
    ...Object.entries(answers)
      .sort(([, a], [, b]) => b - a)
      .map(([answer, count]) => told(`answered ${answer}`, count)),
  ]
}

/** Each finding in a line. */
export function detailsOf({ crashes, hangs, left, foreign, killed }: FuzzReport): string[] {
  return [
    ...crashes.map((line) => `crash: ${line}`),
    ...hangs.map((line) => `hang: ${line}`),
    ...left.map((line) => `left: ${line}`),
    ...foreign.map((line) => `opened: ${line}`),
    ...killed.map((line) => `ended: ${line}`),
  ]
}
