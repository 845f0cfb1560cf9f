import { cpus } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/setup/longest-first.ts'

const shuffled = process.argv.some((arg) => arg.startsWith('--sequence.shuffle'))

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts'],
    sequence: shuffled ? {} : { sequencer: LongestFirst },
    pool: 'forks',
    // Many files wait as long as they compute, so one more than there are cores keeps these busy.
    maxWorkers: Math.min(cpus().length + 1, 4),
    testTimeout: 30_000,
    // A poll ends as soon as what it waits for is there; a busy machine needs longer than a second.
    expect: { poll: { timeout: 20_000, interval: 20 } },
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    passWithNoTests: false,
    allowOnly: false,
  },
})
