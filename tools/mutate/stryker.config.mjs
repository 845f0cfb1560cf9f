import { PURE_MODULES } from './pure-modules.ts'

/** Settings of StrykerJS for `npm run mutate`. */
export default {
  mutate: PURE_MODULES.map((module) => `${module}.ts`),
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tools/mutate/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  tempDirName: '.node/mutate',
  cleanTempDir: 'always',
  ignorePatterns: ['/data', '/docs', '/public', '/.next*', '/test/fixtures', '*.onnx'],
  thresholds: { high: 95, low: 90, break: 90 },
}
