import {
  attackProfiles,
  attackSuite,
  chosenAttackerNull,
  permutationNull,
  Rng,
  VeilrecError,
  type AttackContext,
  type AttackerKind,
  type AttackSuiteResult,
  type ChosenCell,
  type Evidence,
  type NullCell,
  type PermutationNull,
  type RngState,
  type UserAttribute,
} from '@veilrec/core'

/** One attack of the suite on one attribute. */
export interface SuiteJob {
  readonly kind: 'attack'
  readonly evidence: Evidence
  readonly attribute: UserAttribute
  /** `[numUsers]`, index into `userGroups`. */
  readonly userGroup: Uint8Array
  /** Names of the attackers. */
  readonly attackers: readonly string[]
  readonly seeds: number
  readonly rng: RngState
}

/** A table of cells under shuffled labels, by one logistic regression. */
export interface RegressionNullJob {
  readonly kind: 'permutation-null'
  readonly cells: readonly NullCell[]
  readonly rng: RngState
}

/** A cell with the name of the attacker that was chosen for it. */
export type ChosenJobCell = Omit<ChosenCell, 'kind'> & { readonly attacker: string }

/** Some cells under shuffled labels, by the attackers that were chosen for them. */
export interface ChosenNullJob {
  readonly kind: 'chosen-attacker-null'
  readonly cells: readonly ChosenJobCell[]
  readonly rng: RngState
}

/** What the workers of an audit are given; all of it survives a thread border, arrays on shared memory without a copy. */
export type AttackJob = SuiteJob | RegressionNullJob | ChosenNullJob

/** What comes of each kind of job; all of it survives JSON. */
export interface JobResults {
  readonly attack: AttackSuiteResult
  readonly 'permutation-null': PermutationNull
  readonly 'chosen-attacker-null': Pick<PermutationNull, 'shuffles' | 'maxima' | 'reported'>
}

/** The job of a kind. */
export type JobOf<K extends AttackJob['kind']> = Extract<AttackJob, { readonly kind: K }>

/** The attackers that a job may name. */
export const knownAttackers: readonly AttackerKind[] = attackProfiles.full.kinds

/**
 * Does a job.
 *
 * @throws VeilrecError what the suite and the nulls throw; `INTERNAL` for an attacker that does not exist.
 */
export async function runAttackJob(
  job: AttackJob,
  context: AttackContext,
): Promise<JobResults[AttackJob['kind']]> {
  const rng = Rng.fromState(job.rng)
  switch (job.kind) {
    case 'attack': {
      const { evidence, attribute, userGroup, attackers, seeds } = job
      const kinds = attackers.map((name) => attackerOf(name))
      return attackSuite({ evidence, attribute, userGroup, kinds, seeds, rng, context })
    }
    case 'permutation-null':
      return permutationNull({ cells: job.cells, rng })
    case 'chosen-attacker-null': {
      const cells = job.cells.map(({ attacker, ...cell }) => ({ ...cell, kind: attackerOf(attacker) }))
      return chosenAttackerNull({ cells, rng, context })
    }
  }
}

function attackerOf(name: string): AttackerKind {
  const found = knownAttackers.find((kind) => kind.name === name)
  if (found !== undefined) return found
  throw new VeilrecError('INTERNAL', `there is no attacker "${name}"`, { attacker: name })
}
