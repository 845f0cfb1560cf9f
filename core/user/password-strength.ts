/** Longer ones are judged by their beginning: the time to judge grows faster than the length. */
const MAX_JUDGED_LENGTH = 72
/** On zxcvbn's scale from 0 to 4: at least a hundred million guesses. */
const MIN_SCORE = 3

type Judge = { check: (password: string, known: string[]) => { score: number } }

let judge: Promise<Judge> | undefined

/**
 * True where a password is easy to guess: a common one, a row of keys, a date, a repetition, or made of what is
 * known of its owner. The lists of words stay on the server, and are read when the first password is chosen.
 */
export async function isWeakPassword(
  password: string,
  owner: { email: string; name: string },
): Promise<boolean> {
  judge ??= loadJudge()
  const known = [
    'greenroom',
    owner.email,
    ...owner.email.split(/[@.]/),
    owner.name,
    ...owner.name.split(/\s+/),
  ]
  const { score } = (await judge).check(password.slice(0, MAX_JUDGED_LENGTH), known.filter(Boolean))
  return score < MIN_SCORE
}

async function loadJudge(): Promise<Judge> {
  const { ZxcvbnFactory } = await import('@zxcvbn-ts/core')
  const { adjacencyGraphs, dictionary } = await import('@zxcvbn-ts/language-common')
  return new ZxcvbnFactory({ dictionary: { ...dictionary }, graphs: adjacencyGraphs })
}
