import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'

const ARTIFACTS = join(import.meta.dirname, '../.artifacts')

/** One Chromium and the windows that a test opened in it, each a visitor with cookies of their own. */
export interface TestBrowser {
  /** A new visitor. Errors that the page throws are collected in `problems`. */
  visit(origin: string, options?: { locale?: string; width?: number }): Promise<Page>
  problems: string[]
  /** Pictures of all open pages, for a test that failed. */
  photograph(name: string): Promise<void>
  close(): Promise<void>
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
      const page = await context.newPage()
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
