/** Colours of text and lines of pictures; each has a contrast of at least 4.5 to white. */
export const ink = {
  text: '#1c1c22',
  muted: '#55555f',
  line: '#6f6f79',
  grid: '#e3e3e8',
  noise: '#d5d5db',
} as const

/** Shapes of marks: a series is told by its shape as well, so that no colour has to be seen. */
export const shapes = ['circle', 'square', 'diamond', 'up', 'down'] as const

/** See {@link shapes}; the star is the recommender without a veil. */
export type Shape = (typeof shapes)[number] | 'star'

/** After Okabe and Ito's colours for everybody, darkened to a contrast of 4.5 to white at least. */
const colours = ['#0063a5', '#b54a00', '#00724f', '#94356f', '#6b5c00', '#45454f'] as const

/** How a series looks. */
export interface SeriesStyle {
  readonly colour: string
  readonly shape: Shape
}

/** The look of the n-th series; 30 different ones, as the numbers of shapes and colours have no common divisor. */
export function seriesStyle(index: number): SeriesStyle {
  return { colour: colours[index % colours.length]!, shape: shapes[index % shapes.length]! }
}

/** The look of the recommender without a veil. */
export const baseStyle: SeriesStyle = { colour: ink.text, shape: 'star' }

/** From near white to dark blue; lightness alone orders them, so that a copy without colours reads the same. */
const steps = [
  [247, 247, 250],
  [214, 228, 240],
  [160, 198, 224],
  [94, 155, 200],
  [36, 105, 165],
  [8, 48, 107],
] as const

/**
 * Fill for an AUC, from 0.5 or less, near white, to 1, dark blue, and the colour that text on it has a contrast of 4.5 in.
 */
export function aucColours(auc: number): { readonly fill: string; readonly text: string } {
  const place = Math.min(1, Math.max(0, (auc - 0.5) / 0.5)) * (steps.length - 1)
  const below = Math.min(steps.length - 2, Math.floor(place))
  const mixed = steps[below]!.map((from, i) =>
    Math.round(from + (place - below) * (steps[below + 1]![i]! - from)),
  )
  const luminance = relativeLuminance(mixed)
  const fill = `#${mixed.map((one) => one.toString(16).padStart(2, '0')).join('')}`
  // At 0.179 white and black have the same contrast.
  return { fill, text: luminance > 0.179 ? '#000000' : '#ffffff' }
}

/** WCAG 2.2, relative luminance of an sRGB colour of 0 to 255. */
function relativeLuminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
