import { join } from 'node:path'

import {
  attackProfiles,
  interactionReport,
  Rng,
  type InteractionReport,
  type UserAttribute,
} from '@veilrec/core'

import { attributesOf } from '../attributes.js'
import { evaluationTask, type EvaluationTask } from '../evaluation/evaluation-task.js'
import { AttackPool } from './attack-pool.js'
import { cellsOf, evidenceOf, type AttackCell } from './audit-cells.js'
import { controlCells } from './audit-controls.js'
import { auditNull, nullJobs } from './audit-null.js'
import type { AuditRequest } from './audit-request.js'
import type { AuditResult, JudgedAttack } from './audit-result.js'
import { rowAccuracy, type RowAccuracy, type RowAttack } from './audit-rows.js'
import { stopHere } from './audit-stop.js'
import { auditedSubjects, auditedSystem, type AuditedRun, type AuditedSystem } from './audit-systems.js'
import { CellRunner } from './cell-runner.js'
import { describeAudit } from './describe-audit.js'

/** Items of the served lists whose interaction fairness is measured. */
const interactionLength = 10

/** Of accuracy and gaps in a quick audit, instead of 1,000. */
const quickResamples = 200

/**
 * The whole audit of a run, except that nothing is written but finished cells.
 *
 * Attacks begin in workers as soon as a row is encoded and ranked; meanwhile this thread goes on with the other rows,
 * their accuracy, groups and interaction fairness. The permutation null comes last: it is about the worst attack.
 *
 * @throws VeilrecError as `audit` does, reading the run and writing the result excepted.
 */
export async function auditRun(audited: AuditedRun, request: AuditRequest): Promise<AuditResult> {
  const { run, base, veils } = audited
  const { isQuick = false, seed = 1, threads, signal, onProgress } = request
  const { dataset } = run
  const { userGroup, numItems } = dataset
  const names = request.attributes ?? dataset.attributes.map(({ name }) => name)
  const wanted = attributesOf(dataset, names)
  const attributes = dataset.attributes.filter((attribute) => wanted.includes(attribute))
  const profile = isQuick ? 'quick' : 'full'
  const bootstrap = isQuick ? { resamples: quickResamples } : {}
  const rng = Rng.fromSeed(seed).split('audit')
  const task = evaluationTask(dataset, 'leave-one-out')
  const subjects = auditedSubjects(veils)
  const controls = controlCells(attributes, task, numItems, isQuick)
  const total =
    controls.popularityFloor.length +
    controls.itemHistogram.length +
    subjects.flatMap((subject) => attributes.flatMap(({ name }) => evidenceOf(subject, name, isQuick)))
      .length +
    (isQuick ? 0 : nullJobs)

  const started = performance.now()
  const pool = new AttackPool({ size: threads, signal })
  try {
    const folder = join(run.folder, 'audit-cells')
    const runner = new CellRunner({ pool, folder, profile, userGroup, rng, total, onProgress })
    const enter = async (stage: string): Promise<void> => {
      await stopHere(signal)
      onProgress?.({ stage, done: runner.done, total })
    }
    const attackAll = (cells: readonly AttackCell[]): Promise<JudgedAttack>[] =>
      cells.map((cell) => runner.attack(cell))

    const floor = attackAll(controls.popularityFloor)
    const histogram = attackAll(controls.itemHistogram)
    const systems: AuditedSystem[] = []
    const begun: (Omit<RowAttack, 'attack'> & { readonly attack: Promise<JudgedAttack> })[] = []
    for (const subject of subjects) {
      await enter(`${subject.name}: encode and rank`)
      const system = await auditedSystem(run, base, subject, task)
      systems.push(system)
      for (const cell of cellsOf(system, attributes, dataset, isQuick)) {
        begun.push({ subject, cell, attack: runner.attack(cell) })
      }
    }
    const accuracies: RowAccuracy[] = []
    for (const system of systems) {
      await enter(`${system.name}: accuracy and groups`)
      accuracies.push(rowAccuracy(system, systems[0]!, attributes, dataset, rng, bootstrap))
    }
    const interaction: InteractionReport[] = []
    for (const attribute of isQuick ? [] : attributes) {
      await enter(`${attribute.name}: interaction fairness`)
      interaction.push(interactionOf(attribute, systems, task, numItems, rng.split('interaction')))
    }
    await enter('attacks')
    const popularityFloor = await Promise.all(floor)
    const itemHistogram = await Promise.all(histogram)
    const attacks = await Promise.all(begun.map(async (one) => ({ ...one, attack: await one.attack })))

    const attacked = performance.now()
    const nullOptions = { runner, userGroup, rng: rng.split('permutation null') }
    const permutationNull = isQuick ? null : await auditNull(attacks, nullOptions)
    const ended = performance.now()
    await enter('checks')
    return describeAudit({
      ...audited,
      isQuick,
      seed,
      profile: attackProfiles[profile],
      attributes,
      task,
      systems,
      accuracies,
      attacks,
      controlCells: controls,
      controls: { popularityFloor, itemHistogram },
      interaction,
      permutationNull,
      cells: { total, reused: runner.reused },
      seconds: {
        attacks: (attacked - started) / 1000,
        permutationNull: isQuick ? 0 : (ended - attacked) / 1000,
        total: (ended - started) / 1000,
      },
    })
  } finally {
    await pool.close()
  }
}

/** One attribute at a time, so that the thread that hands out the attacks is not away for long. */
function interactionOf(
  attribute: UserAttribute,
  systems: readonly AuditedSystem[],
  { training, known, targets }: EvaluationTask,
  numItems: number,
  rng: Rng,
): InteractionReport {
  const lists = Object.fromEntries(systems.map(({ name, servedLists }) => [name, servedLists]))
  const input = { training, known, truth: targets, numItems, k: interactionLength, rng }
  return interactionReport({ ...input, attributes: [attribute], systems: lists })[0]!
}
