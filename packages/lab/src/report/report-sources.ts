import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { VeilrecError } from '@veilrec/core'

import { auditDocumentSchema } from '../audit/audit-document.js'
import { auditFormatVersion, type AuditResult } from '../audit/audit-result.js'
import { readMetrics, type MetricsLine } from '../metrics-log.js'
import { readManifest, resolveRun } from '../run-folder.js'
import type { RunManifest } from '../run-manifest.js'
import { listVeils } from '../veils/veil-folder.js'
import type { VeilManifest } from '../veils/veil-manifest.js'

/** An audit as it was found in a file. */
export interface StoredAudit {
  /** Name of the file, without its folder. */
  readonly file: string
  readonly audit: AuditResult
}

/** What a report says of a run without its audit. */
export interface ReportedRun {
  /** Name of its folder. */
  readonly name: string
  readonly folder: string
  readonly manifest: RunManifest
  /** Lines of `metrics.jsonl`. */
  readonly metrics: readonly MetricsLine[]
  /** In the order of their ids. */
  readonly veils: readonly VeilManifest[]
}

/** One thing that a report is made from; at least one of the two is there. */
export interface ReportSource {
  /** Null for a file of an audit. */
  readonly run: ReportedRun | null
  /** Null for a run that has not been audited. */
  readonly stored: StoredAudit | null
}

/**
 * Reads what a report is to be about, each thing once, in the order given.
 *
 * @param subjects runs by name, beginning of a name, folder or `latest`; or files of audits, whose names end in `.json`.
 * @throws VeilrecError what `resolveRun` and `readManifest` throw; `AUDIT_UNREADABLE` for a file that is no audit of a run, or
 * of another version; `RUN_UNFINISHED`; `RUN_CORRUPT` for an audit of another training than the run's.
 */
export async function readSources(home: string, subjects: readonly string[]): Promise<ReportSource[]> {
  const sources: ReportSource[] = []
  const seen = new Set<string>()
  for (const subject of subjects) {
    const isFile = subject.endsWith('.json')
    const place = isFile ? subject : await resolveRun(home, subject)
    if (seen.has(place)) continue
    seen.add(place)
    sources.push(isFile ? { run: null, stored: await readAudit(place) } : await readRun(place))
  }
  return sources
}

async function readRun(folder: string): Promise<ReportSource> {
  const name = basename(folder)
  const manifest = await readManifest(folder)
  if (manifest.status !== 'finished') {
    throw new VeilrecError(
      'RUN_UNFINISHED',
      `the run "${name}" has not been trained to the end`,
      { name },
      `Continue it with "veilrec train --resume ${name}".`,
    )
  }
  const run = { name, folder, manifest, metrics: await readMetrics(folder), veils: await listVeils(folder) }
  const stored =
    (await readAuditIfThere(join(folder, 'audit.json'))) ??
    (await readAuditIfThere(join(folder, 'audit-quick.json')))
  if (stored !== null && !isOf(stored.audit, manifest)) {
    throw new VeilrecError(
      'RUN_CORRUPT',
      `${stored.file} of the run "${name}" is about another training than its run.json`,
      { name, file: stored.file },
      `Audit it again with "veilrec audit ${name}".`,
    )
  }
  return { run, stored }
}

function isOf(audit: AuditResult, { configHash, dataset, seed }: RunManifest): boolean {
  return audit.configHash === configHash && audit.dataset.hash === dataset.hash && audit.trainingSeed === seed
}

async function readAuditIfThere(path: string): Promise<StoredAudit | null> {
  try {
    return await readAudit(path)
  } catch (error) {
    if (
      error instanceof VeilrecError &&
      error.code === 'FILE_UNREADABLE' &&
      error.details['missing'] === true
    ) {
      return null
    }
    throw error
  }
}

/**
 * Reads an audit of a run.
 *
 * @throws VeilrecError `FILE_UNREADABLE`; `AUDIT_UNREADABLE`; `FORMAT_TOO_NEW`.
 */
async function readAudit(path: string): Promise<StoredAudit> {
  const file = basename(path)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new VeilrecError('FILE_UNREADABLE', `${path} cannot be read: ${message}`, {
      path,
      missing: code === 'ENOENT',
    })
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw unreadable(path, 'it is not JSON')
  }
  const { formatVersion, rows } = (content ?? {}) as { formatVersion?: unknown; rows?: unknown }
  if (!Array.isArray(rows)) throw unreadable(path, 'it has no rows, as an audit of a run has')
  if (typeof formatVersion === 'number' && formatVersion > auditFormatVersion) {
    throw new VeilrecError(
      'FORMAT_TOO_NEW',
      `${path} has format ${formatVersion}; this version reads format ${auditFormatVersion}`,
      { path, formatVersion },
      'Upgrade veilrec.',
    )
  }
  if (formatVersion !== auditFormatVersion) {
    throw unreadable(path, `it has format ${String(formatVersion)}, this version reads ${auditFormatVersion}`)
  }
  const parsed = auditDocumentSchema.safeParse(content)
  if (parsed.success) return { file, audit: parsed.data }
  const [issue] = parsed.error.issues
  throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`)
}

function unreadable(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'AUDIT_UNREADABLE',
    `${path} is no audit of a run: ${reason}`,
    { path, reason },
    'Make it again with "veilrec audit RUN".',
  )
}
