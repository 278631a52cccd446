import { requirementKey, type Requirement } from '@veilrec/core'

import type { PaperMetric, PublishedFigures } from '../paper-table.js'

/**
 * Figures as they stand in a paper's row: one text for each requirement, its figures in the order of the metrics and
 * separated by slashes, as `.7890/.4157/.6918`; a dash where there is none.
 */
export function published(
  metrics: readonly PaperMetric[],
  requirements: readonly Requirement[],
  cells: string,
): PublishedFigures {
  const texts = cells.trim().split(/\s+/)
  return Object.fromEntries(
    requirements.map((requirement, index) => [
      requirementKey(requirement),
      Object.fromEntries(
        texts[index]!.split('/').flatMap((text, place): [PaperMetric, number][] =>
          text === '-' ? [] : [[metrics[place]!, Number(text)]],
        ),
      ),
    ]),
  )
}
