import {
  canonicalRequirement,
  requirementKey,
  VeilrecError,
  type BaseEncoder,
  type Veil,
} from '@veilrec/core'

import type { LoadedRun } from '../load-run.js'
import { listVeils, loadVeil } from './veil-folder.js'
import { veilKind } from './veil-kinds.js'
import type { VeilManifest } from './veil-manifest.js'

/**
 * The veil of a run that serves exactly a requirement. There is no fallback: anything that does not fit is an error.
 *
 * @param requirement names of the attributes to hide, at least one, in any order.
 * @param base the same run without a veil, see `baseEncoder`.
 * @param method needed where veils of several methods serve the requirement.
 * @throws VeilrecError `VEIL_NOT_FOUND` naming the veils there are; `INVALID_ARGUMENT` for an unknown method, or
 * when several methods serve the requirement and none was named; what {@link loadVeil} throws.
 */
export async function findVeil(
  run: LoadedRun,
  requirement: readonly string[],
  base: BaseEncoder,
  method?: string,
): Promise<Veil> {
  if (method !== undefined) veilKind(method)
  const wanted = requirementKey(requirement)
  const veils = await listVeils(run.folder)
  const serving = veils.filter(
    (veil) =>
      (method === undefined || veil.method === method) &&
      veil.requirements.some((served) => requirementKey(served) === wanted),
  )
  const [found] = serving
  if (found === undefined) throw notFound(run.name, canonicalRequirement(requirement), veils, method)
  const methods = [...new Set(serving.map((veil) => veil.method))]
  if (methods.length > 1) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `several veils of run "${run.name}" hide ${wanted}: ${methods.join(', ')}`,
      { run: run.name, requirement: canonicalRequirement(requirement), methods },
      `Name one with --method, such as --method ${methods[0]}.`,
    )
  }
  return loadVeil(run, found, base)
}

function notFound(
  run: string,
  wanted: readonly string[],
  veils: readonly VeilManifest[],
  method: string | undefined,
): VeilrecError {
  const kind = method === undefined ? 'veil' : `${method} veil`
  const existing = veils.map(({ id, attributes, requirements }) => ({ id, attributes, requirements }))
  return new VeilrecError(
    'VEIL_NOT_FOUND',
    `run "${run}" has no ${kind} for ${wanted.join(',')}; ` +
      (veils.length === 0
        ? 'it has none at all'
        : `it has veils for ${veils.map(describe).join(' and for ')}`),
    { run, requirement: wanted, existing },
    `Make one for every subset of the attributes with "veilrec veil ${run}${
      method === undefined ? '' : ` --method ${method}`
    }".`,
  )
}

/** `any of age, gender (afrl)`, or the requirements of one that does not serve every subset. */
function describe({ method, attributes, requirements }: VeilManifest): string {
  const served =
    requirements.length === 2 ** attributes.length - 1
      ? `${attributes.length > 1 ? 'any of ' : ''}${attributes.join(', ')}`
      : requirements.map((names) => names.join(',')).join('; ')
  return `${served} (${method})`
}
