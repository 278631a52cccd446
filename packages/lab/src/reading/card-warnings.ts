import { formatCount } from '@veilrec/core'
import type { DatasetCard } from '@veilrec/data'

/** What a reader should know of a data set before quoting a number on it; none when there is nothing. */
export function cardWarnings({ sourceFiles, skipped, candidates, formatVersion }: DatasetCard): string[] {
  const changed = sourceFiles.filter(({ asPublished }) => asPublished === false).map(({ name }) => name)
  const warnings: string[] = []
  if (changed.length > 0) {
    warnings.push(
      `${changed.join(', ')}: not the bytes that the publisher gives out. Absolute times may differ, and with them ` +
        "everything under global-time; leave-one-out needs only each user's order.",
    )
  }
  if (skipped.count > 0) {
    warnings.push(
      `${formatCount(skipped.count)} malformed rows were left out, such as ${skipped.examples.join('; ')}`,
    )
  }
  if (candidates === null) {
    warnings.push(
      `format ${formatVersion} stored no evaluation candidates; remove and add the data set again for sampled rankings`,
    )
  }
  return warnings
}
