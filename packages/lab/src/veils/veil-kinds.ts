import { closest, VeilrecError } from '@veilrec/core'

import type { VeilKind } from './veil-kind.js'
import { afrlKind } from './afrl-kind.js'
import { ffvaeKind } from './ffvae-kind.js'
import { filtersKind } from './filters-kind.js'
import { linearErasureKind } from './linear-erasure-kind.js'
import { pfrecKind } from './pfrec-kind.js'

/** Every kind of veil that can be put on a run, in the order in which they are listed. */
export const veilKinds: readonly VeilKind[] = [linearErasureKind, afrlKind, pfrecKind, filtersKind, ffvaeKind]

/** The methods of {@link veilKinds}, as the user types them. */
export const veilMethods: readonly string[] = veilKinds.map(({ method }) => method)

/**
 * The kind of a method.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` naming those there are.
 */
export function veilKind(method: string): VeilKind {
  const kind = veilKinds.find((candidate) => candidate.method === method)
  if (kind !== undefined) return kind
  const meant = closest(method, veilMethods)
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `there is no veil method "${method}"`,
    { method, methods: veilMethods },
    `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${veilMethods.join(', ')}.`,
  )
}
