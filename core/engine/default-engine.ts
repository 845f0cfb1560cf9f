import { z } from 'zod'
import { ENGINE_NAMES, type EngineName } from '#core/engine/options'
import { oneOf, readEnvironment } from '#core/env'

/** ENGINE of the environment, the same for web and workers: the engine of the batches that name none. */
export const ENGINE = oneOf(ENGINE_NAMES, 'mouth')

const schema = z.object({ ENGINE })

/** The engine of the batches that name none. */
export const defaultEngine = (source?: NodeJS.ProcessEnv): EngineName =>
  readEnvironment(schema, source).ENGINE
