import type { Histories } from '@veilrec/core'

/**
 * The first items of each user's list.
 *
 * @param users whose lists are wanted, in this order; everybody's when left out.
 */
export function firstOfEach({ offsets, items }: Histories, count: number, users?: Int32Array): Histories {
  const numUsers = users?.length ?? offsets.length - 1
  const lists = Array.from({ length: numUsers }, (_, i) => {
    const user = users?.[i] ?? i
    return items.subarray(offsets[user], Math.min(offsets[user + 1]!, offsets[user]! + count))
  })
  const shorter = new Int32Array(numUsers + 1)
  for (const [i, list] of lists.entries()) shorter[i + 1] = shorter[i]! + list.length
  const kept = new Int32Array(shorter[numUsers]!)
  for (const [i, list] of lists.entries()) kept.set(list, shorter[i])
  return { offsets: shorter, items: kept }
}
