import { VeilrecError } from '../errors/veilrec-error.js'
import type { Requirement, Veil } from './veil.js'

/** Most attributes that one veil is made for: it serves every subset of them, 255 of 8. */
export const maxVeiledAttributes = 8

/** A requirement in the order in which it is stored and compared: sorted by UTF-16 units, each name once. */
export function canonicalRequirement(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

/** The names of a canonical requirement joined by commas; equal exactly for equal requirements of {@link requirementsOf}. */
export function requirementKey(requirement: Requirement): string {
  return canonicalRequirement(requirement).join(',')
}

/**
 * Every non-empty subset of some attributes, the smaller first, then by name; none of none.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for more than {@link maxVeiledAttributes}, an empty name or one with a comma.
 * @example
 * requirementsOf(['gender', 'age']) // [['age'], ['gender'], ['age', 'gender']]
 */
export function requirementsOf(attributes: readonly string[]): string[][] {
  const names = canonicalRequirement(attributes)
  if (names.length > maxVeiledAttributes) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${names.length} attributes have ${2 ** names.length - 1} subsets to be hidden; a veil is made for at most ` +
        `${maxVeiledAttributes} attributes`,
      { attributes: names, most: maxVeiledAttributes },
      `Name the ${maxVeiledAttributes} attributes or fewer that users may want hidden.`,
    )
  }
  const malformed = names.find((name) => !isName(name))
  if (malformed !== undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `no veil can hide an attribute named "${malformed}"`,
      { attribute: malformed },
      'Rename the attribute: a name is not empty, and a comma stands between names.',
    )
  }
  const subsets: string[][] = []
  const extend = (chosen: readonly string[], from: number): void => {
    for (let next = from; next < names.length; next++) {
      const subset = [...chosen, names[next]!]
      subsets.push(subset)
      extend(subset, next + 1)
    }
  }
  extend([], 0)
  return subsets.sort((a, b) => a.length - b.length)
}

/**
 * What a veil checks before it computes anything: the key of each row's requirement, the empty string for the empty one.
 *
 * @param rows how many there are to be.
 * @throws VeilrecError `VEIL_NOT_FOUND` when a requirement is not served; `INVALID_ARGUMENT` for another number of them.
 */
export function servedRequirements(
  { method, requirements: served }: Pick<Veil, 'method' | 'requirements'>,
  requirements: readonly Requirement[],
  rows: number,
): string[] {
  if (requirements.length !== rows) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${requirements.length} requirements for ${rows} users; every user has one`,
      { requirements: requirements.length, rows },
    )
  }
  const known = new Set(served.map(requirementKey))
  return requirements.map((requirement) => {
    const key = requirementKey(requirement)
    if (requirement.length === 0 || (known.has(key) && requirement.every(isName))) return key
    throw new VeilrecError(
      'VEIL_NOT_FOUND',
      `the ${method} veil cannot hide ${canonicalRequirement(requirement).join(' and ')}`,
      { method, requirement: canonicalRequirement(requirement) },
      'Ask for a requirement that it was made for, or make a veil for this one.',
    )
  })
}

/** Whether a name can stand in a key: an empty one, or one with a comma, would read as another requirement. */
function isName(name: string): boolean {
  return name !== '' && !name.includes(',')
}
