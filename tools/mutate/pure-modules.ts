/**
 * Modules of rules alone, without a database or files, each of which has its tests at the same place under test/.
 * `npm run mutate` puts one fault after another into them and counts those that the tests notice.
 */
export const PURE_MODULES = [
  'app/_http/byte-range',
  'core/bulk/skip-reason',
  'core/forecast/aging-promotions',
  'core/limits/refusal',
  'core/queue/fair',
  'core/queue/ordering',
  'core/queue/spacing',
  'core/render-job/state',
  'core/worker/rivals',
  'core/worker/yields',
  'worker/engines/mouth/units/cheapest-path',
  'worker/outcome',
]
