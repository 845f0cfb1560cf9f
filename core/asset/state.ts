import type { AssetState } from '#prisma/enums'

export type { AssetState }

/**
 * What becomes of a file. The first and the last have no row: while a file arrives it is tus's, and one that is refused
 * is gone.
 */
export const ASSET_STATES = ['arriving', 'inspecting', 'ready', 'ready_with_warnings', 'refused'] as const

interface Transition {
  from: (typeof ASSET_STATES)[number]
  to: (typeof ASSET_STATES)[number]
}

/** All that can happen to a file. docs/files.md shows the same table. */
export const ASSET_TRANSITIONS = {
  /** Its last byte is there, and its kind, length and sizes are ones that we take: the row and its inspection are written. */
  accept: { from: 'arriving', to: 'inspecting' },
  /** It is none of the files that we take. The answer says what it is and what to do. */
  refuse: { from: 'arriving', to: 'refused' },
  /** The inspection found nothing to warn of. */
  pass: { from: 'inspecting', to: 'ready' },
  /** The inspection found something, or could not be made. It can be used all the same. */
  warn: { from: 'inspecting', to: 'ready_with_warnings' },
} as const satisfies Record<string, Transition>
