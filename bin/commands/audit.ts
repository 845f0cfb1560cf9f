import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ROOT } from '#bin/process/paths'
import { say } from '#bin/process/say'

const ARGUMENTS = ['audit', '--omit=dev', '--audit-level=high', '--json']
const WITHIN_MS = 60_000

interface Advisory {
  name: string
  severity: string
  range: string
}

/**
 * Whether what an installed portal runs is free of known vulnerabilities that are high or critical, by the registry's
 * list. Without an answer from a registry nothing is known, which is said and is no failure.
 */
export async function audit(npm = 'npm'): Promise<boolean> {
  const { stdout } = await promisify(execFile)(npm, ARGUMENTS, {
    ...{ cwd: ROOT, timeout: WITHIN_MS, maxBuffer: 2 ** 26 },
  }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }))
  const found = advisoriesIn(stdout)
  if (!found) {
    say('skipped: no registry answered. Run it again where npm reaches one that lists vulnerabilities.')
    return true
  }
  for (const { name, severity, range } of found) say(`${severity}: ${name} ${range}`)
  return found.length === 0
}

/** Null where this is no answer of `npm audit`. */
function advisoriesIn(answer: string): Advisory[] | null {
  try {
    const { vulnerabilities } = JSON.parse(answer) as { vulnerabilities?: Record<string, Advisory> }
    if (!vulnerabilities) return null
    return Object.values(vulnerabilities).filter(({ severity }) => /^(high|critical)$/.test(severity))
  } catch {
    return null
  }
}
