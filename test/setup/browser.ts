import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'

const ARTIFACTS = join(import.meta.dirname, '../.artifacts')

/** One Chromium and the windows that a test opened in it, each a visitor with cookies of their own. */
export interface TestBrowser {
  /** A new visitor. Errors that a page throws, and what its policy forbids, are collected in `problems`. */
  visit(origin: string, options?: { locale?: string; width?: number }): Promise<Page>
  problems: string[]
  /** Pictures of all open pages, for a test that failed. */
  photograph(name: string): Promise<void>
  close(): Promise<void>
}

/** A page of the portal that React does not listen to yet: what a visitor does there in that moment is lost. */
const NOT_LISTENING = 'html:has(script[src*="/_next/"]):not([data-listening])'

/** Says on the page when React listens to every control that the server sent; it takes them part by part. */
const sayWhenListening = () => {
  const listens = (element: Element) => Object.keys(element).some((key) => key.startsWith('__reactProps'))
  const look = () => {
    const controls = document.querySelectorAll('a, button, input, select, textarea')
    if (document.readyState === 'complete' && [...controls].every(listens))
      document.documentElement.dataset.listening = ''
    else requestAnimationFrame(look)
  }
  look()
}

/** Starts Chromium for a test file. */
export async function openBrowser(): Promise<TestBrowser> {
  const browser: Browser = await launchChromium()
  const contexts: BrowserContext[] = []
  const problems: string[] = []
  return {
    problems,
    async visit(origin, { locale = 'en-GB', width = 1440 } = {}) {
      const context = await browser.newContext({
        baseURL: origin,
        locale,
        viewport: { width, height: 900 },
        acceptDownloads: true,
      })
      contexts.push(context)
      context.setDefaultTimeout(20_000)
      await context.addInitScript(sayWhenListening)
      const page = await context.newPage()
      const notListening = page.locator(NOT_LISTENING)
      // Before each click and key Playwright waits until this has left the page; choosing files checks nothing.
      await page.addLocatorHandler(notListening, async () => {})
      const goto = page.goto.bind(page)
      page.goto = async (...to) => {
        const response = await goto(...to)
        await notListening.waitFor({ state: 'detached' })
        return response
      }
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) problems.push(`${page.url()}: ${message.text()}`)
      })
      page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`))
      return page
    },
    async photograph(name) {
      mkdirSync(ARTIFACTS, { recursive: true })
      const pages = contexts.flatMap((context) => context.pages())
      for (const [index, page] of pages.entries()) {
        await page
          .screenshot({ path: join(ARTIFACTS, `${name}-${index}.png`), fullPage: true })
          .catch(() => {})
      }
    },
    close: () => browser.close(),
  }
}
