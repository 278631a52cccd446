import type { Page } from 'playwright-core'

/**
 * What a person can press and would miss: the texts of visible elements below so many CSS pixels in width or height.
 *
 * @param selector what can be pressed; to match nothing is an answer too, and not an empty one.
 */
export async function smallTargets(page: Page, selector: string, pixels = 44): Promise<string[]> {
  const small: string[] = []
  const targets = await page.locator(`:is(${selector}):visible`).all()
  if (targets.length === 0) return [`nothing matches ${selector}`]
  for (const target of targets) {
    const { width = 0, height = 0 } = (await target.boundingBox()) ?? {}
    if (Math.min(width, height) < pixels) small.push(`${await target.innerText()}: ${width} x ${height}`)
  }
  return small
}
