import { globSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/setup/longest-first.ts'

const shuffled = process.argv.some((arg) => arg.startsWith('--sequence.shuffle'))

const ALL = 'test/**/*.test.ts'
/** What a file needs that has a process to itself: media and a portal, or a module that it replaces in there. */
const ALONE = ['test/**/*.{media,portal}.test.ts', ...globSync(ALL).filter(replacesModules)]

const COMMON = {
  pool: 'forks' as const,
  testTimeout: 30_000,
  // A poll ends as soon as what it waits for is there; a busy machine needs longer than a second.
  expect: { poll: { timeout: 20_000, interval: 20 } },
  hookTimeout: 120_000,
  unstubEnvs: true,
  unstubGlobals: true,
}

export default defineConfig({
  test: {
    globalSetup: ['test/setup/global.ts'],
    sequence: shuffled ? {} : { sequencer: LongestFirst },
    // Many files wait as long as they compute, so one more than there are cores keeps these busy.
    maxWorkers: Math.min(cpus().length + 1, 4),
    teardownTimeout: 20_000,
    passWithNoTests: false,
    allowOnly: false,
    projects: [
      { test: { ...COMMON, name: 'alone', include: ALONE } },
      {
        test: {
          ...COMMON,
          name: 'together',
          include: [ALL],
          exclude: ALONE,
          // To start a process and to load core into it takes longer than most of these files' tests.
          isolate: false,
          setupFiles: ['test/setup/same-process.ts'],
        },
      },
    ],
  },
})

function replacesModules(file: string): boolean {
  return readFileSync(file, 'utf8').includes('vi.mock(')
}
