// The service may know neither how runs are made nor DuckDB: `npm run deps` fails when this import is no longer reported.
import { lab } from '../../lab/src/index.js'
import { DuckDBInstance } from '@duckdb/node-api'

export const offences: unknown[] = [lab, DuckDBInstance]
