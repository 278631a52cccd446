/**
 * The first key that one object of a JSON text holds twice, or `undefined`; `JSON.parse` would keep the last one in
 * silence. The text must be valid JSON. Keys are compared as they read after their escapes are resolved.
 *
 * @example
 * findDuplicateKey('{"a":1,"b":{"a":2},"\\u0061":3}') // 'a'
 */
export function findDuplicateKey(text: string): string | undefined {
  // One entry per open object or array; arrays have no keys.
  const open: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(undefined)
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = endOfString(text, i)
      const keys = open.at(-1)
      if (keys !== undefined && isKey(text, end)) {
        const key = String(JSON.parse(text.slice(i, end)))
        if (keys.has(key)) return key
        keys.add(key)
      }
      i = end - 1
    }
  }
  return undefined
}

/** The position after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}

function isKey(text: string, end: number): boolean {
  let i = end
  while (' \t\r\n'.includes(text[i] ?? '-')) i++
  return text[i] === ':'
}
