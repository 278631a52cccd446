import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import type { DuckDBConnection } from '@duckdb/node-api'
import { streamRows } from '../duckdb/stream-rows.js'
import { duckDBMessage, sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import { candidatesHash } from '../prepare/hash.js'
import { sharedInt32 } from '../prepare/shared-arrays.js'
import { candidatesPerUser, type Candidates } from '../prepare/splits.js'
import { corruptDataset, datasetCard } from './dataset-card.js'
import { datasetFolder } from './dataset-name.js'
import { datasetFiles } from './write-dataset.js'

/**
 * Loads the items that compete with each user's validation and test target under leave-one-out, where a ranking is over
 * a sample: uniform, without the user's whole history, drawn once when the data set was added. The arrays lie on shared
 * memory.
 *
 * @returns rows by user index, in the order of drawing, so that a user's first 99 serve `sampled(uniform,99)`; at most
 *   100 per user, fewer for a user who knows nearly the whole catalogue; the target itself is not among them
 * @throws VeilrecError `DATASET_OUTDATED` when the data set was made before candidates were stored;
 *   `DATASET_NOT_FOUND`, `FORMAT_TOO_NEW`, `DATASET_CORRUPT`; `INVALID_ARGUMENT` for a name that cannot be one
 */
export async function loadCandidates(home: string, name: string): Promise<Candidates> {
  const { candidates, counts, formatVersion, veilrecVersion } = await datasetCard(home, name)
  const folder = datasetFolder(home, name)
  if (candidates === null) {
    throw new VeilrecError(
      'DATASET_OUTDATED',
      `${folder}: made by veilrec ${veilrecVersion}, format ${formatVersion}, which stored no evaluation candidates`,
      { name, formatVersion },
      'add the data set again',
    )
  }
  const loaded = await withDuckDB(undefined, (connection) => read(connection, folder, counts.users)).catch(
    (error: unknown) => {
      throw corruptDataset(folder, duckDBMessage(error))
    },
  )
  if (candidatesHash(loaded) === candidates.sha256) return loaded
  throw corruptDataset(folder, `${datasetFiles.candidates} does not have the hash in dataset.json`)
}

async function read(connection: DuckDBConnection, folder: string, numUsers: number): Promise<Candidates> {
  const offsets = sharedInt32(numUsers + 1)
  const validation = sharedInt32(numUsers * candidatesPerUser)
  const test = sharedInt32(numUsers * candidatesPerUser)
  const file = sqlText(join(folder, datasetFiles.candidates))
  const length = await streamRows(
    connection,
    `SELECT "user", validation, test FROM read_parquet(${file})`,
    ([users, ofValidation, ofTest], start, count) => {
      for (let row = 0; row < count; row++) {
        offsets[Number(users!.getItem(row)) + 1]!++
        validation[start + row] = Number(ofValidation!.getItem(row))
        test[start + row] = Number(ofTest!.getItem(row))
      }
    },
  )
  for (let user = 0; user < numUsers; user++) offsets[user + 1]! += offsets[user]!
  return {
    validation: { offsets, items: validation.subarray(0, length) },
    test: { offsets, items: test.subarray(0, length) },
  }
}
