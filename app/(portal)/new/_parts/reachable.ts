const LOOK_EVERY_MS = 1000
/** A request that has no answer after so long won't get one: after a change of networks its packets are lost. */
const MAX_ANSWER_MS = 1500

let looking: Promise<void> | undefined

/** Resolves once the server answers anything, within two seconds of the network's return. */
export function reachable(): Promise<void> {
  looking ??= look().finally(() => {
    looking = undefined
  })
  return looking
}

async function look(): Promise<void> {
  while (!(await answers())) await nextChance()
}

const answers = (): Promise<boolean> =>
  fetch('/api/health', {
    method: 'HEAD',
    cache: 'no-store',
    signal: AbortSignal.timeout(MAX_ANSWER_MS),
  }).then(
    () => true,
    () => false,
  )

const nextChance = (): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer)
      window.removeEventListener('online', go)
      resolve()
    }
    const timer = setTimeout(go, LOOK_EVERY_MS)
    window.addEventListener('online', go)
  })
