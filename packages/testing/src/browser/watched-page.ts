import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** A page of its own context, and everything that went wrong on it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors and warnings of the console and uncaught errors, violations of the security policy among them. */
  readonly complaints: readonly string[]
}

/** Opens an empty page whose complaints are kept; closing the browser closes it. */
export async function watchedPage(browser: Browser, options: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return { page, complaints }
}
