import { canonicalRequirement, VeilrecError, type Histories, type Requirement } from '@veilrec/core'

/** Who is to be recommended how much, and what the recommender must not know. */
export interface RecommendQuery {
  /** A user's id; or `history`. */
  readonly user?: string
  /** Ids of items, oldest first, of a user who need not be known; or `user`. */
  readonly history?: readonly string[]
  /** The requirement: names of the attributes that the recommender must not know; none when left out. */
  readonly veil?: readonly string[]
  /** Method of the veil; the one that hides these attributes when left out. */
  readonly method?: string
  /** Number of items, at least 1; default 10. */
  readonly top?: number
}

/** The users and items among which a query is looked up. */
export interface KnownPeople {
  /** For messages, such as `the data set films`. */
  readonly name: string
  /** Row of `histories` by the id of a user. */
  readonly users: ReadonlyMap<string, number>
  readonly histories: Histories
  /** `[numItems + 1]`; entry 0 is padding. */
  readonly itemIds: readonly string[]
}

/** A query by index. */
export interface ResolvedQuery {
  /** Row of the user; null where a history was given. */
  readonly user: number | null
  /** Item indices, oldest first. */
  readonly history: Int32Array
  readonly requirement: Requirement
  readonly top: number
}

/**
 * A query by index, with every item of the user's own history.
 *
 * @throws VeilrecError `USER_NOT_FOUND`, `ITEM_NOT_FOUND`; `INVALID_ARGUMENT` for a `top` out of range, both a user and a history or
 * neither, an empty history, or a method where there is nothing to hide.
 */
export function resolveQuery(query: RecommendQuery, known: KnownPeople): ResolvedQuery {
  const { user, method, veil, top = 10 } = query
  if (!Number.isSafeInteger(top) || top < 1) {
    throw new VeilrecError('INVALID_ARGUMENT', `top must be a whole number of at least 1, got ${top}`, {
      top,
    })
  }
  if ((user === undefined) === (query.history === undefined)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      user === undefined ? 'neither a user nor a history was given' : 'both a user and a history were given',
      {},
      'Give the id of a user, or the ids of the items that somebody has had.',
    )
  }
  if (method !== undefined && veil === undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `the method ${method} was named, but nothing to hide`,
      { method },
      'Name the attributes with --veil.',
    )
  }
  const asked = { requirement: canonicalRequirement(veil ?? []), top }
  if (query.history !== undefined) return { user: null, history: itemsOf(known, query.history), ...asked }
  const row = known.users.get(user!)
  if (row === undefined) {
    const [example] = known.users.keys()
    throw new VeilrecError(
      'USER_NOT_FOUND',
      `${known.name} has no user "${user}"`,
      { user },
      `Give an id of the source that survived filtering, such as ${example}.`,
    )
  }
  const { offsets, items } = known.histories
  return { user: row, history: items.slice(offsets[row]!, offsets[row + 1]!), ...asked }
}

function itemsOf({ name, itemIds }: KnownPeople, history: readonly string[]): Int32Array {
  if (history.length === 0) {
    throw new VeilrecError('INVALID_ARGUMENT', 'the history is empty; there is nothing to go by', {})
  }
  const places = new Map(itemIds.map((id, item) => [id, item]))
  places.delete(itemIds[0]!)
  return Int32Array.from(history, (id) => {
    const item = places.get(id)
    if (item !== undefined) return item
    throw new VeilrecError(
      'ITEM_NOT_FOUND',
      `${name} has no item "${id}"`,
      { item: id },
      `Give ids of the source that survived filtering, such as ${itemIds[1]}.`,
    )
  })
}
