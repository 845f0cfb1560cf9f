import type { Band } from '#core/queue/ordering'

/** Most urgent first. */
export const BANDS = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Band[]
