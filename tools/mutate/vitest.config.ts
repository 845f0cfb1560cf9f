import { PURE_MODULES } from './pure-modules.ts'

/** Only the tests of the modules that are mutated: they need no database, so that each fault takes milliseconds. */
export default {
  test: { include: PURE_MODULES.map((module) => `test/${module}.test.ts`) },
}
