import { requirementKey, VeilrecError, type Requirement } from '@veilrec/core'

import { createOrtRuntime } from '../ort-runtime.js'
import { resolveQuery, type RecommendQuery } from '../recommend-query.js'
import { BundleEngine, type RankRow } from './bundle-engine.js'
import { readBundle, type Bundle } from './read-bundle.js'

/** One item that a bundle recommends. */
export interface BundleItem {
  /** From 1. */
  readonly rank: number
  /** The id as the source has it. */
  readonly item: string
  /** Null where the bundle has no titles. */
  readonly title: string | null
}

/** What a bundle recommends. */
export interface BundleRecommendation {
  /** Folder of the bundle. */
  readonly bundle: string
  /** SHA-256 (hex) over everything in it. */
  readonly digest: string
  /** Null where a history was given. */
  readonly user: string | null
  /** Number of interactions that were given or known; the model reads the newest of them. */
  readonly historyLength: number
  /** Sorted; empty for no veil. */
  readonly requirement: readonly string[]
  /** Method of the veil; null exactly when nothing was to be hidden. */
  readonly method: string | null
  /** Whether exactly this requirement was audited; null exactly when nothing was to be hidden. */
  readonly audited: boolean | null
  /** Without a veil. */
  readonly base: readonly BundleItem[]
  /** Behind the veil; null exactly when nothing was to be hidden. */
  readonly veiled: readonly BundleItem[] | null
}

/** A bundle that recommends without a server, with the engine of the service: its lists are the service's, item by item. */
export class BundleRecommender {
  readonly #bundle: Bundle
  readonly #engine: BundleEngine

  private constructor(bundle: Bundle, engine: BundleEngine) {
    this.#bundle = bundle
    this.#engine = engine
  }

  /**
   * Reads a bundle and loads its graphs.
   *
   * @throws VeilrecError as {@link readBundle} does; `RUNTIME_FAILED`.
   */
  static async load(folder: string): Promise<BundleRecommender> {
    const bundle = await readBundle(folder)
    // One thread, as in the service.
    return new BundleRecommender(
      bundle,
      await BundleEngine.load(createOrtRuntime({ threads: 1 }), bundle.model),
    )
  }

  /** SHA-256 (hex) over everything in the bundle. */
  get digest(): string {
    return this.#bundle.model.manifest.digest
  }

  /** Ids of the items it knows, `[numItems + 1]`; entry 0 is padding. */
  get itemIds(): readonly string[] {
    return this.#bundle.catalogue.ids
  }

  /**
   * The best items that a person has not had, without a veil and, where a requirement is given, behind the veil for exactly that
   * requirement, audited or not.
   *
   * @returns fewer than `top` items when the person has had nearly everything.
   * @throws VeilrecError `USER_NOT_FOUND`, also for any user where the bundle has no histories; `ITEM_NOT_FOUND`; `ATTRIBUTE_UNKNOWN`
   * with `details.supported`; `VEIL_NOT_FOUND` where there is no veil, none of that method or none for this requirement;
   * `INVALID_ARGUMENT` as {@link resolveQuery}; `NOT_FINITE` where the veil has no vector for this person.
   */
  async recommend(query: RecommendQuery): Promise<BundleRecommendation> {
    const { folder, catalogue, known, model } = this.#bundle
    const { manifest } = model
    const name = `the bundle ${folder}`
    if (query.user !== undefined && known === undefined) {
      throw new VeilrecError(
        'USER_NOT_FOUND',
        `${name} has no histories and knows no user`,
        { folder },
        'Give the ids of the items that somebody has had, or make the bundle with "veilrec bundle RUN --histories".',
      )
    }
    const people = known ?? {
      users: new Map(),
      histories: { offsets: new Int32Array(1), items: new Int32Array() },
    }
    const { history, requirement, top } = resolveQuery(query, { name, itemIds: catalogue.ids, ...people })
    const served = this.#served(name, requirement, query.method)
    const row = (hide: Requirement): RankRow => ({
      person: { history, excluded: history, hide },
      k: top,
      choice: { candidates: null, properties: [] },
      seed: null,
    })
    const ranked = await this.#engine.rank(served === null ? [row([])] : [row([]), row(requirement)])
    const [base, veiled] = ranked.map(({ items, isProfiled }) => {
      if (!isProfiled) {
        throw new VeilrecError('NOT_FINITE', `${name} makes a vector of this history that is not finite`, {
          folder,
        })
      }
      return Array.from(items, (item, place): BundleItem => {
        return { rank: place + 1, item: catalogue.ids[item]!, title: catalogue.titles?.[item] ?? null }
      })
    })
    return {
      bundle: folder,
      digest: manifest.digest,
      user: query.user ?? null,
      historyLength: history.length,
      requirement,
      method: served && manifest.veil!.method,
      audited: served && served.audit !== null,
      base: base!,
      veiled: veiled ?? null,
    }
  }

  /** Frees the graphs. */
  release(): Promise<void> {
    return this.#engine.release()
  }

  /** The requirement as the veil has it; null for nothing to hide. */
  #served(
    name: string,
    requirement: Requirement,
    method: string | undefined,
  ): NonNullable<Bundle['model']['manifest']['veil']>['requirements'][number] | null {
    if (requirement.length === 0) return null
    const { veil } = this.#bundle.model.manifest
    if (veil === null || (method !== undefined && method !== veil.method)) {
      throw new VeilrecError(
        'VEIL_NOT_FOUND',
        veil === null ? `${name} has no veil` : `the veil of ${name} is ${veil.method}, not ${method}`,
        { method: veil?.method ?? null },
      )
    }
    const supported = veil.attributes
    const unknown = requirement.find((attribute) => !supported.includes(attribute))
    if (unknown !== undefined) {
      throw new VeilrecError(
        'ATTRIBUTE_UNKNOWN',
        `${name} cannot hide "${unknown}"; it hides ${supported.join(', ')}`,
        { supported },
      )
    }
    const found = veil.requirements.find(({ hide }) => requirementKey(hide) === requirementKey(requirement))
    if (found !== undefined) return found
    const requirements = veil.requirements.map(({ hide }) => requirementKey(hide))
    throw new VeilrecError(
      'VEIL_NOT_FOUND',
      `${name} cannot hide exactly ${requirement.join(' and ')}`,
      { requirements },
      `It serves: ${requirements.join('; ')}.`,
    )
  }
}

/** What {@link recommendFromBundle} is asked to do. */
export interface RecommendFromBundleRequest extends RecommendQuery {
  /** Folder of the bundle. */
  readonly bundle: string
}

/**
 * The best items for one person from a bundle, as {@link BundleRecommender} gives them.
 *
 * @throws VeilrecError as {@link BundleRecommender} does.
 * @example
 * const { base, veiled } = await recommendFromBundle({ bundle: 'films.bundle', history: ['3', '14'], veil: ['gender'] })
 */
export async function recommendFromBundle({
  bundle,
  ...query
}: RecommendFromBundleRequest): Promise<BundleRecommendation> {
  const recommender = await BundleRecommender.load(bundle)
  try {
    return await recommender.recommend(query)
  } finally {
    await recommender.release()
  }
}
