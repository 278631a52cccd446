import type { PaperTable } from './paper-table.js'
import { afrlFigure3, afrlFigure4, afrlFigure5, afrlFigure6 } from './tables/afrl-figures.js'
import { afrlTable2 } from './tables/afrl-table-2.js'
import { pfrecFigure2, pfrecTable1, pfrecTable2, pfrecTable3 } from './tables/pfrec-tables.js'

/** Every table and figure of a paper that can be reproduced; nothing registers itself. */
export const paperTables: readonly PaperTable[] = [
  afrlTable2,
  afrlFigure3,
  afrlFigure4,
  afrlFigure5,
  afrlFigure6,
  pfrecTable1,
  pfrecTable2,
  pfrecTable3,
  pfrecFigure2,
]
