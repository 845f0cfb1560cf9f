import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds of each file that takes long, so that a machine that never ran the tests knows them too. */
const RECORD = join(import.meta.dirname, 'seconds.json')

/**
 * The order of test files: the longest first, so that at the end no worker is left alone with a long one; and those
 * that share a process one after another, so that it stays.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = existsSync(RECORD)
      ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, number>)
      : {}
    const secondsOf = ({ moduleId }: TestSpecification) =>
      seconds[relative(this.ctx.config.root, moduleId)] ?? 0
    const shares = ({ project }: TestSpecification) => Number(!project.config.isolate)
    return files.toSorted((a, b) => shares(a) - shares(b) || secondsOf(b) - secondsOf(a))
  }
}
