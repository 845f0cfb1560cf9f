/** How many cases a property test runs: as many as a daily run has time for, or as PROPERTY_RUNS says. */
export const propertyRuns = (daily: number): number => Number(process.env.PROPERTY_RUNS || daily)
