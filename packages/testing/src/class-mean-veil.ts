/**
 * A useless veil that an audit must find out (evaluation.md rule 5): it subtracts the class means of exactly the users
 * whose labels it knows and is the identity for everybody else.
 *
 * An attacker trained on the known users sees no difference of means and learns nothing; one trained on others sees
 * the base vectors.
 *
 * @param vectors `[numUsers, dimension]` row-major.
 * @param codes `[numUsers]`, class index or -1; users with -1 stay as they are.
 * @param known `[numUsers]`, 1 for the users whose label the veil was given.
 * @returns a copy.
 */
export function classMeanVeil(
  vectors: Float32Array,
  dimension: number,
  codes: ArrayLike<number>,
  known: Uint8Array,
): Float32Array {
  const members = new Map<number, number[]>()
  for (const [user, isKnown] of known.entries()) {
    const code = codes[user]!
    if (isKnown === 0 || code < 0) continue
    const users = members.get(code)
    if (users === undefined) members.set(code, [user])
    else users.push(user)
  }
  const veiled = vectors.slice()
  for (const users of members.values()) {
    for (let j = 0; j < dimension; j++) {
      const sum = users.reduce((total, user) => total + vectors[user * dimension + j]!, 0)
      for (const user of users) veiled[user * dimension + j]! -= sum / users.length
    }
  }
  return veiled
}
