import { mkdirSync } from 'node:fs'
import path from 'node:path'
import pino from 'pino'
import { z } from 'zod'
import { oneOf, readEnvironment } from '#core/env'

export type Log = pino.Logger

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const schema = z.object({ LOG_LEVEL: oneOf(LEVELS, 'info') })

/**
 * A logger that writes one line per event to DATA_DIR/logs/<name>.log, readable with `tail -f`,
 * and errors to stderr as well. LOG_LEVEL chooses how much (default info). A line that can't be written, because the
 * disk is full or nobody reads stderr any more, is lost; whoever logged it goes on. Secrets of the environment are left out.
 */
export function createLog(name: string, dataDir: string): Log {
  const folder = path.join(dataDir, 'logs')
  mkdirSync(folder, { recursive: true })
  const level = readEnvironment(schema).LOG_LEVEL
  const file = pino.destination({ dest: path.join(folder, `${name}.log`), sync: true })
  file.on('error', ignore)
  process.stderr.off('error', ignore).on('error', ignore)
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.multistream([
      { level, stream: withoutSecrets(file) },
      { level: 'error', stream: withoutSecrets(process.stderr) },
    ]),
  )
}

/** Errors of libraries may quote what they were given: a connection string, say. */
function withoutSecrets(to: { write: (line: string) => unknown }) {
  const secrets = secretsOf(process.env)
  return {
    write: (line: string) =>
      void to.write(secrets.reduce((text, each) => text.replaceAll(each, '***'), line)),
  }
}

const SHORTEST = 6

/** Settings that are secrets by their names, and the passwords in those that are addresses. */
function secretsOf(source: NodeJS.ProcessEnv): string[] {
  const found = Object.entries(source).flatMap(([name, value = '']) => {
    if (/_(SECRET|PASSWORD|TOKEN)$/.test(name)) return [value]
    const password = URL.canParse(value) ? new URL(value).password : ''
    return [password, decoded(password)]
  })
  return [...new Set(found)].filter(({ length }) => length >= SHORTEST)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const ignore = () => {}
