import {
  paperAttack,
  rankByScores,
  Rng,
  requirementKey,
  VeilrecError,
  type BaseEncoder,
  type PaperAttackResult,
  type Requirement,
  type Veil,
} from '@veilrec/core'
import { loadCandidates } from '@veilrec/data'
import { createOrtRuntime } from '@veilrec/runtime'

import { attributesOf } from '../attributes.js'
import { baseEncoder } from '../base-encoder.js'
import { evaluationTask } from '../evaluation/evaluation-task.js'
import { sampledRanking } from '../evaluation/ranking.js'
import { checkpointForAbort } from '../interruption.js'
import type { LoadedRun } from '../load-run.js'
import { loadVeil } from '../veils/veil-folder.js'
import { attributeEmbeddings } from './attribute-embeddings.js'
import type { Cell } from './cells.js'
import { madeHere, type Measured, type MeasuredCell, type MeasuredRequirement } from './measured-cell.js'
import type { DataRecipe, PaperTable } from './paper-table.js'
import { veilRequest, type ReproductionStore, type Surroundings } from './reproduction-store.js'

/** A table that has cells. */
export type RunTable = PaperTable & { readonly data: DataRecipe }

type MeasuredPaper = Extract<MeasuredCell, { protocol: 'paper' }>

/** An answer as it is stored: each may have been made on another machine. */
interface StoredAnswer extends Measured {
  readonly measured: MeasuredRequirement
}

/** One question of a cell, under whose name its answer is stored. */
interface Question {
  readonly requirement: Requirement
  readonly attributes: readonly string[]
  readonly asked: object
}

/** What a cell by a paper's protocol asks, requirement by requirement; it needs no more than the data set to say. */
async function questionsOf(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
): Promise<{ readonly subject: string; readonly questions: readonly Question[] }> {
  const { row, seed } = cell
  const { base, veil } = row.system
  const { attributes, attacker } = table
  const baseKey = await store.baseKey(table.data, base, seed)
  const subject = veil === null ? baseKey : store.veilKey(baseKey, veil, veilRequest(table, cell))
  const wanted = veil === null ? [[]] : (row.requirements ?? table.requirements)
  const { kind, seeds } = attacker
  return {
    subject,
    questions: wanted.map((requirement) => {
      const attacked = requirement.length === 0 ? attributes : requirement
      const asked = {
        protocol: 'paper',
        subject,
        requirement: requirementKey(requirement),
        attacked,
        attacker: { name: kind.name, configuration: kind.configurations[0], seeds },
        seed,
        ...(row.attacks === undefined ? {} : { attacks: row.attacks }),
      }
      return { requirement, attributes: attacked, asked }
    }),
  }
}

/** The stored answers of a cell; undefined while one is missing. */
export async function storedPaperCell(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
): Promise<MeasuredPaper | undefined> {
  const { questions } = await questionsOf(table, cell, store)
  const answers = await Promise.all(questions.map(({ asked }) => store.figures(asked)))
  return answers.every((answer) => answer !== undefined) ? together(answers as StoredAnswer[]) : undefined
}

function together(answers: readonly StoredAnswer[]): MeasuredPaper {
  const { measured: _, seconds: __, ...madeOn } = answers.at(-1)!
  const seconds = answers.reduce((sum, answer) => sum + (answer.seconds ?? Number.NaN), 0)
  return {
    protocol: 'paper',
    requirements: answers.map(({ measured }) => measured),
    ...(Number.isNaN(seconds) ? {} : { seconds }),
    ...madeOn,
  }
}

/**
 * Makes what is missing of a cell by a paper's protocol: base, veil with everybody's labels, ranks among the stored candidates
 * and the paper's attacks, each requirement stored as soon as it is measured.
 *
 * @throws VeilrecError what training, veil and attacks throw; `ABORTED`, after which the same call goes on.
 */
export async function measurePaperCell(
  table: RunTable,
  cell: Cell,
  store: ReproductionStore,
  around: Surroundings,
): Promise<MeasuredPaper> {
  const { row, seed } = cell
  const { base: baseRecipe, veil: recipe } = row.system
  const { subject, questions } = await questionsOf(table, cell, store)
  const run = await store.base(table.data, baseRecipe, seed)
  const base = baseEncoder(run, around.threads === undefined ? {} : { threads: around.threads })
  const about = veilRequest(table, cell)
  const made = recipe === null ? undefined : await store.veil(subject, run, recipe, about)
  const veil = made && (await loadVeil(run, made.manifest, base, { ...made, ...about }))
  const answers: StoredAnswer[] = []
  for (const [index, { requirement, attributes, asked }] of questions.entries()) {
    await checkpointForAbort(around.signal)
    const name = requirementKey(requirement) || 'base'
    around.onProgress?.({ stage: `attack ${name}`, done: index, total: questions.length })
    const known = (await store.figures(asked)) as StoredAnswer | undefined
    if (known !== undefined) {
      answers.push(known)
      continue
    }
    const started = performance.now()
    const attack = (vectors: Float32Array, names: readonly string[]): Promise<PaperAttackResult[]> =>
      attackAll(table, run, vectors, names, seed, around)
    const measured: MeasuredRequirement =
      row.attacks === 'attributeEmbeddings'
        ? {
            requirement,
            ranks: [],
            candidates: [],
            fullRanks: [],
            attacks: await attackEmbeddings(made, run, base, attributes, attack),
          }
        : await measureVectors(
            run,
            store,
            await vectorsOf(run, base, veil, requirement),
            async (vectors) => ({
              requirement,
              attacks: await attack(vectors, attributes),
            }),
          )
    const seconds = (performance.now() - started) / 1000
    answers.push(await store.keepFigures(asked, { measured, seconds, ...madeHere() }))
  }
  return together(answers)
}

/** `[numUsers, dimension]`, of the test query. */
async function vectorsOf(
  run: LoadedRun,
  base: BaseEncoder,
  veil: Veil | undefined,
  requirement: Requirement,
): Promise<Float32Array> {
  const { known } = evaluationTask(run.dataset, 'leave-one-out')
  if (veil === undefined) return base(known)
  return veil.encode(
    known,
    Array.from({ length: run.dataset.numUsers }, () => requirement),
  )
}

async function measureVectors(
  run: LoadedRun,
  store: ReproductionStore,
  vectors: Float32Array,
  attacked: (vectors: Float32Array) => Promise<Pick<MeasuredRequirement, 'requirement' | 'attacks'>>,
): Promise<MeasuredRequirement> {
  const task = evaluationTask(run.dataset, 'leave-one-out')
  const scores = run.scores(vectors)
  const { test } = await loadCandidates(store.home, run.dataset.name)
  const { ranks, candidates } = sampledRanking(task, scores, test)
  const full = rankByScores(scores, task.targets, task.masked).ranks
  return {
    ...(await attacked(vectors)),
    ranks: ranksOf(ranks),
    candidates: Array.from(candidates!),
    fullRanks: ranksOf(full),
  }
}

function ranksOf(ranks: Float64Array | { readonly ranks: Float64Array }): number[] {
  return Array.from(ranks instanceof Float64Array ? ranks : ranks.ranks)
}

async function attackAll(
  { attacker }: RunTable,
  run: LoadedRun,
  vectors: Float32Array,
  names: readonly string[],
  seed: number,
  { threads, signal }: Surroundings,
): Promise<PaperAttackResult[]> {
  const session = threads === undefined ? {} : { threads }
  const context = {
    runtime: createOrtRuntime(session),
    ...session,
    ...(signal === undefined ? {} : { signal }),
  }
  const results: PaperAttackResult[] = []
  for (const attribute of attributesOf(run.dataset, names)) {
    const result = await paperAttack({
      vectors,
      dimension: vectors.length / run.dataset.numUsers,
      attribute,
      userGroup: run.dataset.userGroup,
      attacker: attacker.kind,
      seeds: attacker.seeds,
      // Of the attribute alone, so that all rows draw alike.
      rng: Rng.fromSeed(seed).split('paper attack').split(attribute.name),
      context,
    })
    if (result !== null) results.push(result)
  }
  return results
}

/** Each attribute is attacked from AFRL's embedding of it, whatever is hidden. */
async function attackEmbeddings(
  made: Awaited<ReturnType<ReproductionStore['veil']>> | undefined,
  run: LoadedRun,
  base: BaseEncoder,
  names: readonly string[],
  attack: (vectors: Float32Array, names: readonly string[]) => Promise<PaperAttackResult[]>,
): Promise<PaperAttackResult[]> {
  if (made === undefined) {
    throw new VeilrecError('INVALID_ARGUMENT', 'a row without a veil has no attribute embeddings', {})
  }
  const { known } = evaluationTask(run.dataset, 'leave-one-out')
  const embeddings = await attributeEmbeddings(made, await base(known), run.dimension)
  const results: PaperAttackResult[] = []
  for (const name of names) results.push(...(await attack(embeddings.get(name)!, [name])))
  return results
}
