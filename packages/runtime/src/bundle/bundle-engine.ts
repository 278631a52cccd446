import {
  requirementKey,
  screenedTopK,
  servedRequirements,
  type Requirement,
  type Runtime,
} from '@veilrec/core'

import { CatalogueScorer } from './catalogue-scorer.js'
import { HistoryEncoder } from './history-encoder.js'
import type { BundleModel } from './read-bundle.js'
import { vectorVeiler, type VectorVeiler } from './vector-veiler.js'

/** Which items may be recommended to anybody. */
export interface ItemChoice {
  /** The only items that may; all when null. */
  readonly candidates: ArrayLike<number> | null
  /** Of each property, an item has at least one of the values, by their codes. */
  readonly properties: readonly { readonly property: number; readonly codes: readonly number[] }[]
}

/** A list to be made, by item index. */
export interface RankRow {
  /**
   * The person, or null for a list that is the same for everybody, in the order of popularity: it then reads nothing but the
   * choice of items, `k` and `seed`.
   */
  readonly person: {
    /** Item indices, oldest first, at least one; the newest are read. */
    readonly history: Int32Array
    /** What {@link RankedRow.base} was for this history before; whatever the requirement was. */
    readonly base?: Float32Array
    /** Items that this person is not to get. */
    readonly excluded: ArrayLike<number>
    /** Names of attributes to hide; empty, or a requirement that the bundle serves. */
    readonly hide: Requirement
  } | null
  readonly k: number
  readonly choice: ItemChoice
  /** Orders items with equal scores; that of the catalogue when null. */
  readonly seed: number | null
}

/** A list that was made. */
export interface RankedRow {
  /** Item indices, best first; fewer than `k` when there are fewer that may be recommended. */
  readonly items: Int32Array
  /** False where a list for a person turned out impossible, because a vector was not finite, and the list is the one for everybody. */
  readonly isProfiled: boolean
  /** The person's vector before a veil; undefined where none was made, or the veil has none. */
  readonly base: Float32Array | undefined
}

/**
 * Makes lists from a bundle: vectors of histories, the veil of each row's own requirement, the best items. Rows of any
 * requirements share a run of each graph, and no row depends on those beside it, to the last bit.
 */
export class BundleEngine {
  readonly #bundle: BundleModel
  readonly #encoder: HistoryEncoder
  readonly #veiler: VectorVeiler
  readonly #scorer: CatalogueScorer

  private constructor(
    bundle: BundleModel,
    encoder: HistoryEncoder,
    veiler: VectorVeiler,
    scorer: CatalogueScorer,
  ) {
    this.#bundle = bundle
    this.#encoder = encoder
    this.#veiler = veiler
    this.#scorer = scorer
  }

  /**
   * Loads the graphs of a bundle and runs each once.
   *
   * @throws VeilrecError `BUNDLE_CORRUPT`, `RUNTIME_FAILED`
   */
  static async load(runtime: Runtime, bundle: BundleModel): Promise<BundleEngine> {
    const encoder = await HistoryEncoder.load(runtime, bundle)
    const veiler = await vectorVeiler(runtime, bundle)
    const engine = new BundleEngine(bundle, encoder, veiler, await CatalogueScorer.load(runtime, bundle))
    await encoder.warmUp()
    return engine
  }

  /**
   * One list per row, in their order.
   *
   * @throws VeilrecError `VEIL_NOT_FOUND` for a requirement that is not served; `RUNTIME_FAILED`.
   */
  async rank(rows: readonly RankRow[]): Promise<RankedRow[]> {
    const { manifest } = this.#bundle
    const { dimension } = manifest.model
    const isInside = manifest.veil?.serving.form === 'history'
    const people = rows.flatMap(({ person }, row) => {
      if (person === null) return []
      // A veil inside the recommender makes other vectors from the start: what was known without it would unveil.
      const { base, ...rest } = person
      return [{ row, ...rest, base: isInside && person.hide.length > 0 ? undefined : base }]
    })
    const served = {
      method: manifest.veil?.method ?? 'missing',
      requirements: manifest.veil?.requirements.map(({ hide }) => hide) ?? [],
    }
    servedRequirements(
      served,
      people.map(({ hide }) => hide),
      people.length,
    )

    const vectors = new Float32Array(people.length * dimension)
    people.forEach(({ base }, place) => base && vectors.set(base, place * dimension))
    const unknown = [...people.keys()].filter((place) => people[place]!.base === undefined)
    const encoded = await this.#encoder.encode(
      unknown.map((place) => {
        const { history, hide } = people[place]!
        return { history, family: isInside ? requirementKey(hide) : '' }
      }),
    )
    unknown.forEach((place, row) => {
      vectors.set(encoded.subarray(row * dimension, (row + 1) * dimension), place * dimension)
    })
    const veiled =
      people.length === 0
        ? vectors
        : await this.#veiler.veil(
            vectors,
            people.map(({ hide }) => hide),
          )
    const screens = people.length === 0 ? vectors : await this.#scorer.screen(veiled)

    const width = this.#bundle.catalogue.popularity.length
    const placeOf = new Map(people.map(({ row }, place) => [row, place]))
    return rows.map((row, index) => {
      const place = placeOf.get(index)
      if (place === undefined) return this.#forEverybody(row)
      const vector = veiled.subarray(place * dimension, (place + 1) * dimension)
      // Nobody is served with a vector that is none: the list for everybody knows nothing to hide.
      if (!vector.every(Number.isFinite)) return this.#forEverybody(row)
      const excluded = excludedItems(this.#bundle.catalogue, row.choice, row.person!.excluded)
      const options = { excluded, ...(row.seed !== null && { seed: row.seed }) }
      const { items } = this.#scorer.best(
        vector,
        screens.subarray(place * width, (place + 1) * width),
        row.k,
        options,
      )
      const hasBase = !isInside || row.person!.hide.length === 0
      const base = hasBase ? vectors.slice(place * dimension, (place + 1) * dimension) : undefined
      return { items, isProfiled: true, base }
    })
  }

  /** Frees the graphs. */
  async release(): Promise<void> {
    await this.#encoder.release()
    await this.#veiler.release()
    await this.#scorer.release()
  }

  #forEverybody(row: RankRow): RankedRow {
    return { items: listForEverybody(this.#bundle.catalogue, row), isProfiled: false, base: undefined }
  }
}

/** The most popular items that may be recommended to anybody: a list that no person's data is read for. */
export function listForEverybody(
  catalogue: BundleModel['catalogue'],
  { k, choice, seed }: Pick<RankRow, 'k' | 'choice' | 'seed'>,
): Int32Array {
  const { popularity } = catalogue
  const scores = { screen: popularity, bound: 0, exact: (item: number) => popularity[item]! }
  const excluded = excludedItems(catalogue, choice, [])
  return screenedTopK(scores, k, { excluded, ...(seed !== null && { seed }) }).items
}

/** `[numItems + 1]`, 1 where an item may not be recommended. */
function excludedItems(
  { popularity, properties }: BundleModel['catalogue'],
  { candidates, properties: wanted }: ItemChoice,
  excluded: ArrayLike<number>,
): Uint8Array {
  const mask = new Uint8Array(popularity.length)
  if (candidates !== null) {
    mask.fill(1)
    for (let i = 0; i < candidates.length; i++) mask[candidates[i]!] = 0
  }
  for (const { property, codes } of wanted) {
    const { offsets, codes: ofItems } = properties[property]!
    const isWanted = new Set(codes)
    for (let item = 1; item < mask.length; item++) {
      let fits = false
      for (let i = offsets[item]!; i < offsets[item + 1]! && !fits; i++) fits = isWanted.has(ofItems[i]!)
      if (!fits) mask[item] = 1
    }
  }
  for (let i = 0; i < excluded.length; i++) mask[excluded[i]!] = 1
  return mask
}
