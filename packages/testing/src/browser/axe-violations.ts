import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** The same for every page, and half a megabyte. */
let source: string | undefined

/**
 * What axe finds wrong with a page as it is now, shadow trees included: one line for each violation, with where it is.
 *
 * All rules run, the experimental ones excepted. axe is evaluated by the debugger, so that the page's own security policy stays in
 * force.
 */
export async function axeViolations(page: Page): Promise<string[]> {
  source ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  const { violations, passes } = await page.evaluate<AxeResults>('axe.run()')
  // A page on which no rule passes was not looked at.
  if (passes.length === 0) return ['axe looked at nothing']
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
