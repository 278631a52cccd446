import { isMap, isNode, isScalar, type Document } from 'yaml'

/**
 * Offset in the text of the value at a path of a YAML document, or of the key there where one is named; of the nearest
 * value around it where it is missing.
 *
 * @returns `undefined` for what is not in the text
 */
export function yamlOffset(
  document: Document,
  path: readonly PropertyKey[],
  key?: string,
): number | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true)
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  }
  if (isNode(node)) return node.range?.[0]
  return path.length === 0 ? undefined : yamlOffset(document, path.slice(0, -1))
}
