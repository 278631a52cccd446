import type { UserAttribute } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'

/** Codes are int16. */
const mostClasses = 2 ** 15 - 1

/**
 * Several attributes as one whose classes are the combinations that occur: intersectional groups, which FairSR protects
 * (TIST 2022, section 3) and in which a gap can hide that no single attribute shows.
 *
 * Names are joined by ` & `, as in `gender & age` and `F & 25-34`. Combinations are in the order of the classes, the last
 * attribute changing fastest. A user who lacks one of the values is missing. Of one attribute the classes that occur.
 *
 * @param attributes at least one, of the same users.
 * @throws VeilrecError `INVALID_ARGUMENT` for none, on unequal numbers of users, and when more than 32767 combinations occur.
 */
export function intersectAttributes(attributes: readonly UserAttribute[]): UserAttribute {
  const numUsers = attributes[0]?.codes.length
  if (numUsers === undefined || attributes.some(({ codes }) => codes.length !== numUsers)) {
    throw new VeilrecError('INVALID_ARGUMENT', 'an intersection needs attributes of the same users', {
      users: attributes.map(({ codes }) => codes.length).join(', '),
    })
  }
  // A mixed-radix number: sorting by it is sorting by the first attribute, then the second, and so on.
  const combined = Array.from({ length: numUsers }, (_, user) =>
    attributes.some(({ codes }) => codes[user]! < 0)
      ? -1
      : attributes.reduce((number, { codes, classes }) => number * classes.length + codes[user]!, 0),
  )
  const occurring = [...new Set(combined)].filter((number) => number >= 0).sort((x, y) => x - y)
  if (occurring.length > mostClasses) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${occurring.length} combinations occur, and an attribute has at most ${mostClasses} classes`,
      { combinations: occurring.length },
      'Intersect fewer attributes, or ones with fewer classes.',
    )
  }
  const codeOf = new Map(occurring.map((number, code) => [number, code]))
  return {
    name: attributes.map(({ name }) => name).join(' & '),
    classes: occurring.map((number) => nameOf(number, attributes)),
    codes: Int16Array.from(combined, (number) => codeOf.get(number) ?? -1),
  }
}

function nameOf(number: number, attributes: readonly UserAttribute[]): string {
  const names: string[] = []
  let rest = number
  for (const { classes } of attributes.toReversed()) {
    names.unshift(classes[rest % classes.length]!)
    rest = Math.floor(rest / classes.length)
  }
  return names.join(' & ')
}
