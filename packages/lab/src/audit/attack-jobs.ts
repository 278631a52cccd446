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

/** Name of one of `attackProfiles`. */
export type AttackProfileName = keyof typeof attackProfiles

/** One attack of the suite on one attribute. */
export interface SuiteJob {
  readonly kind: 'attack'
  readonly evidence: Evidence
  readonly attribute: UserAttribute
  /** `[numUsers]`, index into `userGroups`. */
  readonly userGroup: Uint8Array
  /** Which of `attackProfiles`. */
  readonly profile: AttackProfileName
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
      const { evidence, attribute, userGroup } = job
      return attackSuite({ ...attackProfiles[job.profile], evidence, attribute, userGroup, rng, context })
    }
    case 'permutation-null':
      return permutationNull({ cells: job.cells, rng })
    case 'chosen-attacker-null': {
      const cells = job.cells.map(({ attacker, ...cell }) => ({ ...cell, kind: attackerOf(attacker) }))
      return chosenAttackerNull({ cells, rng, context })
    }
  }
}

/** Only a full audit asks for attackers by name. */
function attackerOf(name: string): AttackerKind {
  const found = attackProfiles.full.kinds.find((kind) => kind.name === name)
  if (found !== undefined) return found
  throw new VeilrecError('INTERNAL', `there is no attacker "${name}"`, { attacker: name })
}
