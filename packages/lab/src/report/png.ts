import type * as ResvgModule from '@resvg/resvg-js'
import { VeilrecError } from '@veilrec/core'

/**
 * A picture as PNG, on twice as many pixels as its size says, for slides and paper.
 *
 * Letters are drawn with the fonts of the machine, so that bytes may differ between machines where the SVG does not. The renderer is
 * loaded when the first picture is drawn.
 *
 * @throws VeilrecError `FONT_MISSING` where the machine has no font, as the picture would have no text; `PLATFORM_UNSUPPORTED` where
 * there is no renderer for it.
 */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await renderer()
  const font = { loadSystemFonts: true, defaultFontFamily: 'Liberation Sans' }
  const probe =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="2" y="15">A</text></svg>'
  if (new Resvg(probe, { font }).getBBox() === undefined) {
    throw new VeilrecError(
      'FONT_MISSING',
      'there is no font to draw the text of a PNG with',
      {},
      'Install one, such as DejaVu or Liberation, or use the SVG files.',
    )
  }
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng()
}

async function renderer(): Promise<typeof ResvgModule> {
  try {
    return await import('@resvg/resvg-js')
  } catch (error) {
    throw new VeilrecError(
      'PLATFORM_UNSUPPORTED',
      `the renderer of PNG files cannot be loaded: ${(error as Error).message}`,
      { platform: process.platform, arch: process.arch },
      'Leave --figures out; the report itself needs no renderer.',
    )
  }
}
