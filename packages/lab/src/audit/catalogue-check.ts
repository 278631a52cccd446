import type { Dataset, Histories } from '@veilrec/core'

import type { AuditCheck } from './audit-result.js'

/** Lists that were attacked. */
export interface CheckedLists {
  readonly name: string
  readonly lists: Histories
  /** Items of each user that may not be listed; left out: none. */
  readonly masked?: Histories
}

/** What {@link catalogueCheck} looks at. */
export interface CatalogueScope {
  readonly dataset: Pick<Dataset, 'numItems' | 'numUsers' | 'histories'>
  readonly lists: readonly CheckedLists[]
  /** Negatives of sampled rankings, by user; undefined where none are stored. */
  readonly candidates: Histories | undefined
}

/**
 * Every listed item is of the catalogue, none is twice in a list, none is listed to a user who may not get it, and the
 * stored candidates are of the catalogue and outside their user's history (evaluation.md rule 2).
 */
export function catalogueCheck({ dataset, lists, candidates }: CatalogueScope): AuditCheck {
  const { numItems, numUsers, histories } = dataset
  const problems = lists.flatMap(({ name, ...checked }) => {
    const problem = firstProblem(checked, numItems, numUsers)
    return problem === undefined ? [] : [`${name}: ${problem}`]
  })
  if (candidates !== undefined) {
    const problem = firstProblem({ lists: candidates, masked: histories }, numItems, numUsers)
    if (problem !== undefined) problems.push(`stored candidates: ${problem}`)
  }
  const count = lists.reduce((sum, { lists: { items } }) => sum + items.length, 0)
  return {
    name: 'catalogue',
    passed: problems.length === 0,
    detail:
      problems.length > 0
        ? problems.join('; ')
        : `${count} listed items are in the catalogue 1..${numItems}, none twice in a list and none that was masked; ` +
          (candidates === undefined
            ? 'no candidates of sampled rankings are stored with this data set'
            : `so are ${candidates.items.length} stored candidates, none of their user's own history`),
  }
}

function firstProblem(
  { lists, masked }: Omit<CheckedLists, 'name'>,
  numItems: number,
  numUsers: number,
): string | undefined {
  const { offsets, items } = lists
  if (offsets.length !== numUsers + 1) return `lists of ${offsets.length - 1} users instead of ${numUsers}`
  const refused = new Int32Array(numItems + 1).fill(-1)
  const listed = new Int32Array(numItems + 1).fill(-1)
  for (let user = 0; user < numUsers; user++) {
    if (masked !== undefined) {
      for (let i = masked.offsets[user]!; i < masked.offsets[user + 1]!; i++) refused[masked.items[i]!] = user
    }
    for (let i = offsets[user]!; i < offsets[user + 1]!; i++) {
      const item = items[i]!
      const problem =
        item < 1 || item > numItems
          ? `is outside the catalogue 1..${numItems}`
          : listed[item] === user
            ? 'is listed twice'
            : refused[item] === user
              ? 'was to be masked'
              : undefined
      if (problem !== undefined) return `item ${item} of user ${user} ${problem}`
      listed[item] = user
    }
  }
  return undefined
}
