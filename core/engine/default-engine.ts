import { z } from 'zod'
import { ENGINE_NAMES, type EngineName } from '#core/engine/options'

const schema = z.preprocess(
  (value) => (value === '' ? undefined : value),
  z.enum(ENGINE_NAMES).default('mouth'),
)

/** The engine of the batches that name none: ENGINE of the environment, the same for web and workers. */
export const defaultEngine = (source: NodeJS.ProcessEnv = process.env): EngineName =>
  schema.parse(source.ENGINE)
