import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '#bin/process/paths'

export const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')

/*
 * A test file's name says what it needs besides Node and Postgres: `X.media.test.ts` runs ffmpeg, `X.portal.test.ts`
 * opens the built portal (and may use a browser and ffmpeg too), `X.test.ts` needs nothing else.
 */
const NEEDS_PORTAL = '.portal.test.ts'

/** Vitest's options that leave out what needs media or the portal. */
export const WITHOUT_MEDIA_AND_PORTAL = ['--exclude=**/*.media.test.ts', `--exclude=**/*${NEEDS_PORTAL}`]

export const needsPortal = (files: string[]): boolean => files.some((file) => file.endsWith(NEEDS_PORTAL))

export type Selection = {
  files: string[]
  /** What to give to vitest. */
  args: string[]
  /** What the names of the tests must match, where not all tests of the files are meant. */
  named: RegExp | null
}

/**
 * Which files these arguments of vitest select. A pattern that is no part of any file's path selects tests by a part of
 * their names instead, as far as these are written out in a file.
 */
export async function selectFiles(args: string[]): Promise<Selection> {
  const files = await filesOf(args)
  const pattern = args.filter((arg) => !arg.startsWith('-')).join(' ')
  if (files.length > 0 || pattern === '') return { files, args, named: nameAsked(args) }
  const options = args.filter((arg) => arg.startsWith('-'))
  const naming = (await filesOf(options)).filter((file) => readFileSync(file, 'utf8').includes(pattern))
  const escaped = pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return { files: naming, args: [...options, ...naming, '-t', escaped], named: new RegExp(escaped) }
}

/** The value of vitest's own option for names. */
function nameAsked(args: string[]): RegExp | null {
  const at = args.findIndex((arg) => /^(-t|--testNamePattern)(=|$)/.test(arg))
  if (at < 0) return null
  return new RegExp(args[at].includes('=') ? args[at].slice(args[at].indexOf('=') + 1) : args[at + 1])
}

/** Asks vitest itself, which knows its own options. */
async function filesOf(args: string[]): Promise<string[]> {
  const list = [VITEST, 'list', '--filesOnly', ...args, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, list, { cwd: ROOT, maxBuffer: 2 ** 24 })
  return (JSON.parse(stdout) as { file: string }[]).map(({ file }) => file)
}
