/**
 * Does two things at once. Where one fails, the other is told to stop and waited for, so that nothing goes on behind
 * the error; what it may have made by then is dropped.
 */
export async function sideBySide<First, Second>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<First>,
  second: (signal: AbortSignal) => Promise<Second>,
  drop: (made: Second) => Promise<void>,
): Promise<[First, Second]> {
  const failure = new AbortController()
  const either = AbortSignal.any([signal, failure.signal])
  const attempt = async <Made>(work: (signal: AbortSignal) => Promise<Made>) => {
    try {
      return await work(either)
    } catch (error) {
      failure.abort(error)
      throw error
    }
  }
  const [one, other] = await Promise.allSettled([attempt(first), attempt(second)])
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value]
  if (other.status === 'fulfilled') await drop(other.value)
  throw signal.aborted ? signal.reason : failure.signal.reason
}
