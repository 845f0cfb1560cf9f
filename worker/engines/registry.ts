import { assertNever } from '#core/errors'
import type { Engine } from './engine.ts'
import { createMouthEngine } from './mouth/mouth.ts'

/** The engines that a slot can be given. */
export const ENGINE_NAMES = ['mouth'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

/** Makes an engine; nothing is loaded before its `load`. */
export function createEngine(name: EngineName): Engine {
  switch (name) {
    case 'mouth':
      return createMouthEngine()
    default:
      return assertNever(name)
  }
}
