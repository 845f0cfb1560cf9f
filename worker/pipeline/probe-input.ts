import { MediaError } from '#core/media/errors'
import { type MediaProbe, probeMedia } from '#core/media/probe'
import { EngineError } from '#worker/engine-contract/engine'

/** Which of a render's two inputs a file is; part of every error about it. */
export type InputRole = 'speech' | 'presenter'

/**
 * Probes an input file.
 *
 * @throws EngineError media_unreadable, naming the role, where the file isn't readable media.
 */
export async function probeInput(path: string, role: InputRole, signal: AbortSignal): Promise<MediaProbe> {
  try {
    return await probeMedia(path, { signal })
  } catch (error) {
    signal.throwIfAborted()
    if (!isUnreadable(error)) throw error
    const name = role === 'speech' ? 'speech' : 'presenter video'
    throw new EngineError('media_unreadable', `The ${name} can't be read. ${error.message}`, {
      params: { role, seconds: 0, detail: error.message },
      cause: error,
    })
  }
}

function isUnreadable(error: unknown): error is Error {
  return error instanceof MediaError || (error as NodeJS.ErrnoException)?.code === 'ENOENT'
}
