import { existsSync } from 'node:fs'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const ARGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // A microphone that beeps, and nobody asked whether a page may hear it.
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
]

/** In a C locale Chromium can't name a downloaded file with anything but ASCII. */
const ENVIRONMENT = { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }

/** A headless Chromium with an empty profile: CHROMIUM_PATH, an installed one, or the one in the dev packages. */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = await findChromium()
  return chromium.launch({ executablePath, headless: true, args: ARGS, env: ENVIRONMENT, ...options })
}

async function findChromium(): Promise<string> {
  const installed = [process.env.CHROMIUM_PATH, ...INSTALLED].find((path) => path && existsSync(path))
  if (installed) return installed
  // Read at import: without it the package does not unpack the libraries that its browser needs.
  process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs24.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  return packaged.executablePath()
}
