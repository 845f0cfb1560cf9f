import { isDiskFull } from '#core/errors'
import { EngineError } from '#worker/engine-contract/engine'

/** Rethrows a full disk as EngineError disk_full, anything else as it is. For `.catch(translateFileError)`. */
export function translateFileError(error: unknown): never {
  if (isDiskFull(error)) throw diskFull(error)
  throw error
}

export function diskFull(cause: unknown): EngineError {
  return new EngineError(
    'disk_full',
    'The disk of the render machine is full. Free some space, then resubmit.',
    { cause },
  )
}
