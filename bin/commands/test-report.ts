import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from '#bin/process/paths'

/** What is used here of vitest's report in JSON. */
type Report = {
  testResults: {
    name: string
    status: string
    startTime: number
    endTime: number
    assertionResults: { fullName: string; status: string }[]
  }[]
}

export type Count = { passed: number; failed: number }

const read = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as Report).testResults

/**
 * How many tests passed; all others failed, skipped ones too. A file that could not be loaded, and a run that failed
 * outside any test or ran none, count as one failure each. Vitest calls skipped what a pattern for names leaves out,
 * too: where there is one, only what it matches counts.
 */
export function count(report: string, code: number, named: RegExp | null): Count {
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const files = read(report)
  const broken = files.filter((file) => file.status === 'failed' && !file.assertionResults.length)
  const tests = files.flatMap((file) => file.assertionResults)
  const counted = named ? tests.filter(({ fullName }) => named.test(fullName)) : tests
  const passed = counted.filter(({ status }) => status === 'passed').length
  const failed = counted.length - passed + broken.length
  return { passed, failed: failed === 0 && (code !== 0 || passed === 0) ? 1 : failed }
}

/** Notes for later runs, here and elsewhere, which files take long: these are then started first. */
export function recordSeconds(report: string): void {
  const seconds = read(report)
    .map((file) => [relative(ROOT, file.name), Math.round((file.endTime - file.startTime) / 1000)] as const)
    .filter(([, took]) => took >= 3)
    .sort((a, b) => b[1] - a[1])
  writeFileSync(
    join(ROOT, 'test/setup/seconds.json'),
    `${JSON.stringify(Object.fromEntries(seconds), null, 2)}\n`,
  )
}
