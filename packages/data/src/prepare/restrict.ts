import type { ItemProperty, UserAttribute } from '@veilrec/core'
import { PropertyBuilder } from './property-builder.js'

/**
 * The attribute of the users that stay, without the classes nobody has any more; the other classes keep their order.
 *
 * @param kept numbers of the users that stay, in their new order
 */
export function restrictAttribute({ name, classes, codes }: UserAttribute, kept: Int32Array): UserAttribute {
  const occurs = new Uint8Array(classes.length)
  for (const user of kept) if (codes[user]! >= 0) occurs[codes[user]!] = 1
  const newCode = new Int16Array(classes.length).fill(-1)
  const occurring = classes.filter((_, code) => occurs[code] === 1)
  let count = 0
  occurs.forEach((flag, code) => {
    if (flag === 1) newCode[code] = count++
  })
  return {
    name,
    classes: occurring,
    codes: Int16Array.from(kept, (user) => (codes[user]! < 0 ? -1 : newCode[codes[user]!]!)),
  }
}

/**
 * The property of the items that stay, without the values no item has any more.
 *
 * @param property by item number from 0
 * @param kept numbers of the items that stay, in their new order
 * @returns by item index from 1
 */
export function restrictProperty(property: ItemProperty, kept: Int32Array): ItemProperty {
  const { name, values, offsets, codes } = property
  const builder = new PropertyBuilder(name)
  builder.add([]) // padding
  for (const item of kept) {
    builder.add(Array.from(codes.subarray(offsets[item], offsets[item + 1]), (code) => values[code]!))
  }
  return builder.build()
}
