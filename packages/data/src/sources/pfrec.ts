import { join, resolve } from 'node:path'
import { access, constants } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError, type UserAttribute } from '@veilrec/core'
import { streamTable, type Table } from '../duckdb/table.js'
import { openTextTable } from '../duckdb/text-table.js'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import type { RawData } from '../raw-data.js'
import { BadRows } from './bad-rows.js'
import { defineSource, fileOptionsSchema, type DatasetSource, type Licence } from './dataset-source.js'
import { NumberList } from './number-list.js'
import { hashFiles } from './table/hash-files.js'

const page = 'https://github.com/wyqing20/PFRec'

const licence: Licence = {
  notice:
    'Not stated where it is published: see there, and the terms of the Alibaba data that it is made from.',
  page,
}

/** One attribute of the published files. */
interface PfrecAttribute {
  readonly name: string
  /** Its column. */
  readonly column: string
  readonly classes: readonly string[]
  /** Class of a value, a whole number; -1 where it stands for none. */
  readonly codeOf: (value: number) => number
}

/** Which files hold the interactions, and what their columns say of the users. */
interface PfrecLayout {
  readonly source: string
  /** In the order in which their rows follow one another in a history. */
  readonly files: readonly string[]
  readonly attributes: readonly PfrecAttribute[]
}

/** Values 1 to n, 0 for unknown. */
function numbered(name: string, column: string, count: number): PfrecAttribute {
  return {
    name,
    column,
    classes: Array.from({ length: count }, (_, index) => String(index + 1)),
    codeOf: (value) => (value >= 1 && value <= count ? value - 1 : -1),
  }
}

const ageBands = ['10-19', '20-29', '30-39', '40-49', '50-59']

const cikm: PfrecLayout = {
  source: 'pfrec-cikm',
  files: ['train.csv', 'dev.csv', 'test.csv'],
  attributes: [
    {
      name: 'age',
      column: 'old',
      classes: ageBands,
      codeOf: (age) => (age >= 10 && age < 60 ? Math.floor(age / 10) - 1 : -1),
    },
    numbered('consumption', 'power', 9),
    numbered('gender', 'gender', 2),
  ],
}

const aliec: PfrecLayout = {
  source: 'pfrec-aliec',
  files: ['train1.csv', 'dev1.csv', 'cold_train3.csv', 'cold_dev_data3.csv', 'cold_test_data3.csv'],
  attributes: [numbered('age', 'age', 7), numbered('gender', 'gender', 2)],
}

/**
 * CIKM as PFRec's authors prepare it: `train.csv`, `dev.csv` and `test.csv`, tab-separated, one interaction a row, with a header.
 *
 * Read are `user_id`, `item_id`, `time`, and of the user `gender` (2 classes), `old` (age in years, five bands from 10 to 59, others
 * missing, as in the released code) and `power` (consumption, 9 classes); 0 stands for unknown. Other columns, such as the
 * stored `neg_items`, are not read: candidates are drawn once for all methods. `trainc`, `devc` and `testc` split users for their attackers
 * and hold no history.
 *
 * Errors: `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW` (with `file:line`), `DATA_UNREADABLE`, `DATA_EMPTY`.
 */
export const pfrecCikm: DatasetSource = pfrecSource(cikm)

/**
 * AliEC as PFRec's authors prepare it: the five files with histories, of the form of {@link pfrecCikm}; of the user `gender`
 * (2 classes) and `age` (7 levels) are read. The zero-shot files hold no history.
 *
 * Errors as there.
 */
export const pfrecAliec: DatasetSource = pfrecSource(aliec)

function pfrecSource(layout: PfrecLayout): DatasetSource {
  return defineSource(layout.source, licence, fileOptionsSchema, async ({ from, signal }, { onBadRow }) => {
    const paths = await findFiles(layout, from)
    const raw = await withDuckDB(signal, (connection) =>
      readFiles(connection, layout, paths, new BadRows(onBadRow)),
    )
    return { ...raw, files: await hashFiles(paths, signal) }
  })
}

async function findFiles({ source, files }: PfrecLayout, from: string | undefined): Promise<string[]> {
  const hint = `get ${files.join(', ')} (${page}) and give their folder with --from`
  if (from === undefined) {
    throw new VeilrecError(
      'DATA_FILES_MISSING',
      `the source "${source}" needs the folder that holds ${files.join(', ')}`,
      { expected: files, page },
      hint,
    )
  }
  const folder = resolve(from)
  const missing: string[] = []
  for (const file of files) {
    await access(join(folder, file), constants.R_OK).catch(() => missing.push(file))
  }
  if (missing.length === 0) return files.map((file) => join(folder, file))
  throw new VeilrecError(
    'DATA_FILES_MISSING',
    `${folder}: cannot read ${missing.join(', ')}; expected are ${files.join(', ')}`,
    { folder, missing, expected: files, page },
    hint,
  )
}

async function readFiles(
  connection: DuckDBConnection,
  { attributes }: PfrecLayout,
  paths: readonly string[],
  bad: BadRows,
): Promise<RawData> {
  const users = new Map<string, number>()
  const items = new Map<string, number>()
  const codes: number[][] = []
  const user = new NumberList(Int32Array)
  const item = new NumberList(Int32Array)
  const time = new NumberList(Float64Array)
  const columns = ['user_id', 'item_id', 'time', ...attributes.map(({ column }) => column)]
  for (const path of paths) {
    const table = await openTextTable(connection, path, { delimiter: '\t', encoding: 'utf-8', quotes: true })
    const sql = table.rows(
      columns.map((name) => columnOf(table, name)),
      true,
    )
    await streamTable(connection, table, sql, ([rows, ...rest], _start, count) => {
      const faults = rest.at(-1)!
      for (let row = 0; row < count; row++) {
        const fields = columns.map((_, column) => rest[column]!.getItem(row) as string | null)
        const line = Number(rows!.getItem(row))
        const wrong = (problem: string): void => bad.add({ path, line, problem, hint })
        const fault = faults.getItem(row) as string | null
        if (fault !== null) {
          wrong(fault)
          continue
        }
        const unfit = fields.findIndex((text) => text === null || !wholeNumber.test(text))
        if (unfit >= 0) {
          wrong(`${columns[unfit]}: the value is not a whole number`)
          continue
        }
        const own = attributes.map(({ codeOf }, a) => codeOf(Number(fields[3 + a])))
        const known = users.get(idOf(fields[0]!))
        const changed = known === undefined ? -1 : own.findIndex((code, a) => code !== codes[known]![a])
        if (changed >= 0) {
          wrong(`${attributes[changed]!.column}: the user has another value in an earlier row`)
          continue
        }
        if (known === undefined) codes.push(own)
        user.push(numberOf(users, idOf(fields[0]!)))
        item.push(numberOf(items, idOf(fields[1]!)))
        time.push(Number(fields[2]))
      }
    })
  }
  return {
    userIds: [...users.keys()],
    itemIds: [...items.keys()],
    attributes: attributes.map(({ name, classes }, a): UserAttribute => ({
      name,
      classes,
      codes: Int16Array.from(codes, (own) => own[a]!),
    })),
    user: user.values(),
    item: item.values(),
    time: time.values(),
    skipped: bad.skipped(),
  }
}

const wholeNumber = /^-?\d{1,12}(\.0)?$/
const hint = 'columns are separated by tabs and named in the first line; correct or remove this row'

function columnOf({ columns, header }: Table, name: string): number {
  const found = columns.findIndex((column) => column.name === name)
  if (found >= 0) return found
  throw new VeilrecError(
    'DATA_UNREADABLE',
    `${header}: there is no column "${name}"`,
    { column: name, columns: columns.map((column) => column.name) },
    hint,
  )
}

function numberOf(numbers: Map<string, number>, id: string): number {
  const known = numbers.get(id) ?? numbers.size
  numbers.set(id, known)
  return known
}

/** Pandas writes whole numbers with `.0` where a column has gaps. */
function idOf(text: string): string {
  return String(Number(text))
}
