import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '#bin/process/paths'
import { Stop } from '#bin/process/say'

export const COMMANDS = [
  ...['demo', 'start', 'dev', 'test', 'validate', 'mutate'],
  ...['admin', 'render', 'measure', 'bench', 'soak', 'fuzz', 'doctor'],
]

export const USAGE = `Usage: npm run <command> -- [options]

  demo      the portal with sample media and a sample batch     --exit: end when the batch has
  start     the portal for real work (npm start)
  dev       the portal with hot reload
  test      all tests (npm test), or those with a text in their path or name: npm test -- core/queue
            --quick (npm run test:quick): none that needs media, a browser or a build; --shuffle: in random order
  validate  lint, format, types, import arrows, unused code, vulnerable packages, tests
  mutate    puts one fault after another into the pure modules, and counts those that no test notices
  admin     ways back in: npm run admin -- reset EMAIL, or reset-totp EMAIL
  render    one video from one speech, without the portal
  measure   how well the lips of a result follow its speech
  bench     speed and memory: npm run bench -- engine, queue or forecast
  soak      kills everything again and again, and looks for what was lost
  fuzz      damages media files of every format, and looks for what that brings about
  doctor    what keeps hostile media in its box here, and what is missing

  demo, start and dev take --data DIR, --port N and --no-open`

export type Options = {
  /** Absolute. */
  dataDir: string
  port: number
  open: boolean
  exit: boolean
}

/** What `startPortal` needs of them. */
export type PortalOptions = Pick<Options, 'dataDir' | 'port'> & { mode: 'production' | 'development' }

const DATA = { demo: 'data/demo', start: 'data', dev: 'data/dev' }

/** Options of demo, start and dev: from the command line, then the environment, then the defaults. */
export function parseOptions(command: string, args: string[]): Options {
  const values = parse(command, args)
  const chosen = values.data || process.env.DATA_DIR
  const dataDir = chosen ? resolve(chosen) : resolve(ROOT, DATA[command as keyof typeof DATA])
  const port = portOf(values.port || process.env.PORT || '3000')
  return { dataDir, port, open: !values['no-open'], exit: values.exit ?? false }
}

/** By hand, for this runs before anything is installed. */
function portOf(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1) throw new Stop('PORT: must be a number above 0, such as 3000')
  if (port > 65_535) throw new Stop('PORT: must be a number from 1 to 65535')
  return port
}

function parse(command: string, args: string[]) {
  const options = {
    data: { type: 'string' },
    port: { type: 'string' },
    'no-open': { type: 'boolean' },
    ...(command === 'demo' ? { exit: { type: 'boolean' as const } } : {}),
  } as const
  try {
    const { values } = parseArgs({ args, options, allowPositionals: false })
    return values as { data?: string; port?: string; 'no-open'?: boolean; exit?: boolean }
  } catch (error) {
    throw new Stop(`${(error as Error).message}\n\n${USAGE}`)
  }
}
