/**
 * About how wide a text is, in pixels: within a tenth for Helvetica and its likes, and rather too wide, so that places reserved
 * by it are never too small. Pictures are laid out without a browser, which alone could tell exactly.
 */
export function textWidth(text: string, size: number): number {
  let width = 0
  for (const character of text) {
    if (/[il.,:;'|!()[\]\s]/.test(character)) width += 0.33
    else if (/[mwMW@%—]/.test(character)) width += 0.88
    else if (/[A-Z]/.test(character)) width += 0.7
    else if (character.codePointAt(0)! > 0x2e80) width += 1.05
    else width += 0.57
  }
  return width * size
}

/** The text, or as much of its beginning as fits with an ellipsis. */
export function fitted(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text
  const characters = Array.from(text)
  while (characters.length > 1 && textWidth(`${characters.join('')}…`, size) > width) characters.pop()
  return `${characters.join('').trimEnd()}…`
}
