import {
  canonicalRequirement,
  closest,
  requirementsOf,
  VeilrecError,
  type Dataset,
  type UserAttribute,
} from '@veilrec/core'

/**
 * The attributes of a data set by name, in the order asked for.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` naming what there is, and the nearest name as a hint.
 */
export function attributesOf(dataset: Dataset, names: readonly string[]): UserAttribute[] {
  const known = dataset.attributes.map(({ name }) => name)
  return names.map((name) => {
    const found = dataset.attributes.find((attribute) => attribute.name === name)
    if (found !== undefined) return found
    const meant = closest(name, known)
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `the data set ${dataset.name} has no attribute "${name}"; it has ${known.join(', ') || 'none'}`,
      { attribute: name, attributes: known },
      meant === undefined ? undefined : `Did you mean ${meant}?`,
    )
  })
}

/**
 * The attributes that a veil is to hide, in order of their names.
 *
 * @param asked all of the data set when left out.
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown one, none, or more than a veil can hide.
 */
export function hiddenAttributes(dataset: Dataset, asked: readonly string[] | undefined): UserAttribute[] {
  const names = canonicalRequirement(asked ?? dataset.attributes.map(({ name }) => name))
  const attributes = attributesOf(dataset, names)
  if (requirementsOf(names).length > 0) return attributes
  throw new VeilrecError('INVALID_ARGUMENT', 'a veil hides at least one attribute', { dataset: dataset.name })
}
