import { describe, expect, it } from 'vitest'

import { aucColours, ink, seriesStyle } from './palette.js'

/** WCAG 2.2 contrast of two colours `#rrggbb`. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5].map((i) => {
      const share = Number.parseInt(colour.slice(i, i + 2), 16) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  }
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light! + 0.05) / (dark! + 0.05)
}

const white = '#ffffff'

it('measures contrast as WCAG does', () => {
  expect(contrast('#000000', white)).toBeCloseTo(21, 6)
  expect(contrast('#777777', white)).toBeCloseTo(4.48, 2)
})

describe('seriesStyle', () => {
  it('tells 30 series apart, each with a contrast of 4.5 to the page', () => {
    const styles = Array.from({ length: 30 }, (_, i) => seriesStyle(i))
    expect(new Set(styles.map(({ colour, shape }) => `${colour} ${shape}`)).size).toBe(30)
    for (const { colour } of styles) expect(contrast(colour, white)).toBeGreaterThan(4.5)
  })

  it('gives neighbours different shapes, so that no colour has to be seen', () => {
    for (let i = 0; i < 29; i++) expect(seriesStyle(i).shape).not.toBe(seriesStyle(i + 1).shape)
  })
})

describe('aucColours', () => {
  it('has text of contrast 4.5 on every fill, and gets darker all the way', () => {
    let last = Infinity
    for (let auc = 0.5; auc <= 1; auc += 0.01) {
      const { fill, text } = aucColours(auc)
      expect(contrast(fill, text)).toBeGreaterThan(4.5)
      const onWhite = contrast(fill, '#000000')
      expect(onWhite).toBeLessThan(last)
      last = onWhite
    }
  })

  it('ends at guessing and at certainty', () => {
    expect(aucColours(0.3)).toEqual(aucColours(0.5))
    expect(aucColours(1).fill).toBe('#08306b')
  })
})

it('writes in colours that can be read', () => {
  for (const colour of [ink.text, ink.muted, ink.line]) expect(contrast(colour, white)).toBeGreaterThan(4.5)
})
