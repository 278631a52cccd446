import { defaultChanceMargin, type AttackProfile, type Evidence, type UserAttribute } from '@veilrec/core'

import type { EvaluationTask } from '../evaluation/evaluation-task.js'
import { cpuDescription, engineVersions, veilrecVersion } from '../version.js'
import type { ControlCells } from './audit-controls.js'
import { auditFormatVersion, type AuditResult } from './audit-result.js'
import { auditRow, type RowAccuracy, type RowAttack } from './audit-rows.js'
import { listLength, type AuditedRun, type AuditedSystem } from './audit-systems.js'
import { notAttacked, threatsToValidity } from './audit-threats.js'
import { auditValidity } from './audit-validity.js'

/** Everything that was measured, before it is put into words. */
export interface MeasuredAudit
  extends
    AuditedRun,
    Pick<
      AuditResult,
      'isQuick' | 'seed' | 'controls' | 'interaction' | 'permutationNull' | 'cells' | 'seconds'
    > {
  readonly profile: AttackProfile
  /** Those attacked, in the order of the data set. */
  readonly attributes: readonly UserAttribute[]
  readonly task: EvaluationTask
  /** The base first. */
  readonly systems: readonly AuditedSystem[]
  /** In the order of the systems. */
  readonly accuracies: readonly RowAccuracy[]
  readonly attacks: readonly RowAttack[]
  readonly controlCells: ControlCells
}

/** The result of an audit: what was measured, the checks on it, what was not attacked, and why it may mislead. */
export function describeAudit(measured: MeasuredAudit): AuditResult {
  const { run, veils, profile, attributes, task, systems, attacks, controls, controlCells } = measured
  const { dataset, manifest } = run
  const named = [
    ...attacks.map(({ cell: { name }, attack }) => ({ name, attack })),
    ...controlCells.popularityFloor.map(({ name }, i) => ({ name, attack: controls.popularityFloor[i]! })),
    ...controlCells.itemHistogram.map(({ name }, i) => ({ name, attack: controls.itemHistogram[i]! })),
  ]
  const rows = systems.map(({ name, requirement, veil }, i) => {
    const ofRow = attacks.filter(({ subject }) => subject.name === name)
    return auditRow({ requirement, veil }, attributes, ofRow, measured.accuracies[i]!)
  })
  const attackersOn = (evidence: Evidence['kind']): string[] =>
    profile.kinds.filter((kind) => kind.evidence === evidence).map(({ name }) => name)
  const settings = {
    isQuick: measured.isQuick,
    seed: measured.seed,
    trainingSeed: manifest.seed,
    attackSeeds: profile.seeds,
    attackers: { vectors: attackersOn('vectors'), lists: attackersOn('lists') },
    listLength,
    veils: veils.map(({ id, sha256, veil: { method } }) => ({ id, method, ...(sha256 && { sha256 }) })),
  }
  const scope = {
    ...settings,
    controls,
    attacks: named,
    attributes: attributes.map(({ name }) => name),
    skippedAttributes: dataset.attributes
      .filter((attribute) => !attributes.includes(attribute))
      .map(({ name }) => name),
    skippedVeils: measured.skippedVeils ?? [],
    numUsers: dataset.numUsers,
    tiedUsers: dataset.lastItemTied.reduce((sum, tied) => sum + tied, 0),
    masksHistory: task.masked !== undefined,
  }
  return {
    formatVersion: auditFormatVersion,
    run: run.name,
    model: manifest.model,
    configHash: manifest.configHash,
    dataset: { name: dataset.name, hash: dataset.hash },
    ...settings,
    chanceMargin: defaultChanceMargin,
    rows,
    controls,
    interaction: measured.interaction,
    permutationNull: measured.permutationNull,
    validity: auditValidity({
      dataset,
      veils,
      attacks: named,
      base: rows[0]!,
      controls,
      lists: checkedLists(measured),
      candidates: measured.candidates,
    }),
    notAttacked: notAttacked(scope),
    threatsToValidity: threatsToValidity(scope),
    cells: measured.cells,
    seconds: measured.seconds,
    versions: { veilrec: veilrecVersion, ...engineVersions() },
    cpu: cpuDescription(),
  }
}

function checkedLists({ systems, task }: MeasuredAudit): Parameters<typeof auditValidity>[0]['lists'] {
  const masked = task.masked === undefined ? {} : { masked: task.masked }
  return systems.flatMap(({ name, unmaskedLists, servedLists }) => [
    { name: `${name}, unmasked`, lists: unmaskedLists },
    { name: `${name}, as served`, lists: servedLists, ...masked },
  ])
}
