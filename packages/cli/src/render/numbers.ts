// How numbers look everywhere, under the short names that tables of many cells want.
export {
  formatCount as count,
  formatDuration as duration,
  formatFixed as fixed,
  formatInterval as withInterval,
  formatPercent as percent,
} from '@veilrec/core'
