import { baselineScores, popularity, topKLists, type Histories, type UserAttribute } from '@veilrec/core'

import type { EvaluationTask } from '../evaluation/evaluation-task.js'
import { controlCell, type AttackCell } from './audit-cells.js'
import { listLength, sharedLists } from './audit-systems.js'

/** The attacks on what the data gives away without a recommender (evaluation.md rules 6 and 9). */
export interface ControlCells {
  readonly popularityFloor: readonly AttackCell[]
  readonly itemHistogram: readonly AttackCell[]
}

/**
 * The controls of an audit: the most popular items that each user has not had, floor of every served list, as what is
 * missing tells what was seen; and the known items of the test query themselves, each once.
 *
 * A quick audit attacks no served list and needs no floor, and takes the histogram of the attribute with the fewest
 * classes, the cheapest, to show that its attackers find what is there.
 */
export function controlCells(
  attributes: readonly UserAttribute[],
  task: EvaluationTask,
  numItems: number,
  isQuick: boolean,
): ControlCells {
  const histogram = distinctItems(task.known, numItems)
  const [smallest] = attributes.toSorted((a, b) => a.classes.length - b.classes.length)
  const counted = isQuick ? (smallest === undefined ? [] : [smallest]) : attributes
  const floor = isQuick ? undefined : popularLists(task, numItems)
  return {
    popularityFloor:
      floor === undefined
        ? []
        : attributes.map((attribute) => controlCell('popularity', attribute, floor, numItems)),
    itemHistogram: counted.map((attribute) => controlCell('item histogram', attribute, histogram, numItems)),
  }
}

function popularLists({ training, known, masked }: EvaluationTask, numItems: number): Histories {
  const scores = baselineScores(popularity(training, numItems), known, numItems)
  const numUsers = known.offsets.length - 1
  const { offsets, items } = topKLists(scores, numUsers, listLength, masked)
  return sharedLists(
    Array.from({ length: numUsers }, (_, user) => items.subarray(offsets[user], offsets[user + 1])),
  )
}

/** Each user's items, each once, in order of first occurrence. */
function distinctItems({ offsets, items }: Histories, numItems: number): Histories {
  const listedBy = new Int32Array(numItems + 1).fill(-1)
  return sharedLists(
    Array.from({ length: offsets.length - 1 }, (_, user) =>
      items.subarray(offsets[user], offsets[user + 1]).filter((item) => {
        const isNew = listedBy[item] !== user
        listedBy[item] = user
        return isNew
      }),
    ),
  )
}
