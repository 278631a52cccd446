import { existsSync } from 'node:fs'

import { chromium, type Browser } from 'playwright-core'

/** Where Debian installs it, unless `CHROMIUM_PATH` names another. */
const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/**
 * Whether there is a browser for tests; without one they are skipped, and the run says so.
 *
 * @example
 * describe.skipIf(!hasChromium)('the page', () => { ... })
 */
export const hasChromium: boolean = existsSync(path)

/** A headless Chromium that asks nobody anything; the caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
