import { closest } from '../config/closest.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { bert4recKind } from './bert4rec-recommender.js'
import { deepmodelKind } from './deepmodel.js'
import { gru4recKind } from './gru4rec.js'
import { pmfKind } from './pmf.js'
import type { RecommenderKind } from './recommender.js'
import { sasrecKind } from './sasrec.js'

/** Every kind of recommender that can be trained, in the order in which they are listed. */
export const recommenderKinds: readonly RecommenderKind[] = [
  sasrecKind,
  bert4recKind,
  gru4recKind,
  pmfKind,
  deepmodelKind,
]

/**
 * The kind of a name.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` naming those there are.
 */
export function recommenderKind(name: string): RecommenderKind {
  const kind = recommenderKinds.find((candidate) => candidate.name === name)
  if (kind !== undefined) return kind
  const names = recommenderKinds.map((known) => known.name)
  const meant = closest(name, names)
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `there is no recommender "${name}"`,
    { name, names },
    `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${names.join(', ')}.`,
  )
}
