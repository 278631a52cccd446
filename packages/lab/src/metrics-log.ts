import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { VeilrecError } from '@veilrec/core'
import { writeFileAtomic } from '@veilrec/runtime'
import { z } from 'zod'

/** One line of `metrics.jsonl`. */
export interface MetricsLine {
  readonly epoch: number
  readonly [metric: string]: number
}

/**
 * Appends a line to the `metrics.jsonl` of a run.
 *
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function appendMetrics(folder: string, line: MetricsLine): Promise<void> {
  const path = metricsPath(folder)
  try {
    await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  } catch (error) {
    throw new VeilrecError('FILE_UNWRITABLE', `${path}: ${(error as Error).message}`, { path })
  }
}

/**
 * Takes back what a training wrote after its last checkpoint, half a line included, so that nothing stands there twice.
 *
 * @param epoch the first epoch whose lines go.
 */
export async function rewindMetrics(folder: string, epoch: number): Promise<void> {
  const text = await readFile(metricsPath(folder), 'utf8').catch(() => undefined)
  if (text === undefined) return
  const kept = text.split('\n').filter((line) => epochOf(line) < epoch)
  await writeFileAtomic(metricsPath(folder), kept.map((line) => `${line}\n`).join(''))
}

/**
 * The lines of a run's `metrics.jsonl`, in their order; none without the file. Lines that are no epoch with finite numbers, such as
 * half a line that a full disk left, are passed over.
 */
export async function readMetrics(folder: string): Promise<MetricsLine[]> {
  const text = await readFile(metricsPath(folder), 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const parsed = lineSchema.safeParse(parsedOrNothing(line))
    return parsed.success ? [parsed.data] : []
  })
}

const lineSchema = z.object({ epoch: z.int() }).catchall(z.number())

function parsedOrNothing(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function epochOf(line: string): number {
  return (parsedOrNothing(line) as MetricsLine | undefined)?.epoch ?? Infinity
}

function metricsPath(folder: string): string {
  return join(folder, 'metrics.jsonl')
}
