import { z } from 'zod'

import { auditFormatVersion, type AuditResult } from './audit-result.js'

const share = z.number().min(0).max(1)
const interval = z.object({ lower: z.number(), upper: z.number() })
const estimate = z.object({ value: z.number(), interval, standardError: z.number() })
const difference = estimate.extend({ effectSize: z.number().nullable(), pValue: share })
const source = z.enum(['defence', 'attackTrain'])

/** Null with a reason, or a value with none. */
const nothing = z.object({ value: z.null(), reason: z.string() })
const measure = z.union([z.object({ value: z.number() }), nothing])
const noiseFloor = z.object({ expected: z.number(), upper: z.number(), pValue: share })

const suiteFigures = z.object({
  auc: share,
  interval,
  validationAuc: share,
  config: z.unknown(),
  seeds: z.int(),
  seedDeviation: z.number().nullable(),
  userDeviation: z.number(),
})

const attack = z.object({
  attribute: z.string(),
  evidence: z.enum(['vectors', 'lists']),
  state: z.enum(['measured', 'majority-only', 'dead', 'undefined']),
  reason: z.string().exactOptional(),
  auc: share.nullable(),
  interval: interval.nullable(),
  attacker: z.string().nullable(),
  trainedOn: source.nullable(),
  largeClassAuc: share.nullable(),
  skippedClasses: z.int(),
  balancedAccuracy: share.nullable(),
  balancedAccuracyChance: share.nullable(),
  microF1: share.nullable(),
  majority: share.nullable(),
  shuffledLabelAuc: share.nullable(),
  plantedSignalAuc: share.nullable(),
  testUsers: z.int(),
  testUsersByClass: z.array(z.int()),
  seeds: z.int(),
  attackers: z.record(
    z.string(),
    suiteFigures.extend({
      trainedOn: source,
      plantedSignalAuc: share.nullable(),
      byGroup: z.object({
        defence: suiteFigures.exactOptional(),
        attackTrain: suiteFigures.exactOptional(),
      }),
    }),
  ),
  atChance: z.boolean().nullable(),
})

const accuracy = z.object({ users: z.int(), 'ndcg@10': estimate, change: difference.nullable() })
const group = z.intersection(
  z.union([estimate, nothing]),
  z.object({ group: z.string(), isCompared: z.boolean(), users: z.int(), undefinedUsers: z.int() }),
)

const groups = z.object({
  attribute: z.string(),
  groups: z.array(group),
  missingUsers: z.int(),
  gap: z.union([z.object({ value: z.number(), interval, noiseFloor, best: group, worst: group }), nothing]),
  signedGap: estimate.extend({ first: z.string(), second: z.string() }).nullable(),
  spread: z.object({ value: z.number(), noiseFloor }).nullable(),
  gapChange: z
    .union([difference.extend({ gapA: z.number(), gapB: z.number(), users: z.int() }), nothing])
    .nullable(),
})

const row = z.object({
  requirement: z.array(z.string()),
  veil: z.string().nullable(),
  accuracy: z.object({ all: accuracy, untied: accuracy.nullable(), attackTest: accuracy.nullable() }),
  attacks: z.array(
    z.object({
      attribute: z.string(),
      hidden: z.boolean(),
      vectors: attack,
      unmaskedList: attack.nullable(),
      servedList: attack.nullable(),
    }),
  ),
  worstHidden: z
    .object({
      attribute: z.string(),
      evidence: z.enum(['vectors', 'unmaskedList']),
      auc: share,
      interval,
      atChance: z.boolean(),
    })
    .nullable(),
  groups: z.array(groups),
})

const interaction = z.object({
  attribute: z.string(),
  k: z.int(),
  maximumEntropy: z.number(),
  averageEntropy: measure,
  missingUsers: z.int(),
  tables: z.array(
    z.object({
      correction: z.enum(['none', 'miller-madow', 'shrinkage']),
      truthEntropy: measure,
      unscoredTargets: z.int(),
      rows: z.array(
        z.object({
          name: z.string(),
          isControl: z.boolean(),
          listEntropy: measure,
          dif: z.intersection(
            z.union([estimate, nothing]),
            z.object({ users: z.int(), undefinedUsers: z.int() }),
          ),
          difSum: measure,
          unscoredListed: z.int(),
        }),
      ),
    }),
  ),
})

const worstCell = z.object({ name: z.string(), auc: share, pValue: share }).nullable()

/**
 * `audit.json` and `audit-quick.json` as they are read back: everything is checked, fields that this version does not know
 * are left out.
 */
export const auditDocumentSchema: z.ZodType<AuditResult> = z.object({
  formatVersion: z.literal(auditFormatVersion),
  run: z.string(),
  model: z.string(),
  configHash: z.string(),
  dataset: z.object({ name: z.string(), hash: z.string() }),
  veils: z.array(z.object({ id: z.string(), method: z.string() })),
  isQuick: z.boolean(),
  seed: z.int(),
  trainingSeed: z.int(),
  attackSeeds: z.int(),
  attackers: z.object({ vectors: z.array(z.string()), lists: z.array(z.string()) }),
  listLength: z.int(),
  chanceMargin: share,
  rows: z
    .array(row)
    .min(1)
    .refine((rows) => rows.every(({ veil }, i) => (veil === null) === (i === 0)), {
      message: 'the first row, and no other, must be without a veil',
    }),
  controls: z.object({ popularityFloor: z.array(attack), itemHistogram: z.array(attack) }),
  interaction: z.array(interaction),
  permutationNull: z
    .object({
      cells: z.int(),
      oneRegression: z.object({
        shuffles: z.int(),
        maxima: z.array(share),
        reported: worstCell,
        sameAttacker: worstCell,
      }),
      chosenAttacker: z.object({
        shuffles: z.int(),
        maxima: z.array(share),
        reported: worstCell,
        requirement: z.array(z.string()),
      }),
    })
    .nullable(),
  validity: z.array(
    z.object({
      name: z.enum([
        'shuffled-labels',
        'planted-signal',
        'base-vectors',
        'item-histogram',
        'user-split',
        'classes',
        'catalogue',
        'ties',
      ]),
      passed: z.boolean().nullable(),
      detail: z.string(),
    }),
  ),
  notAttacked: z.array(z.string()),
  threatsToValidity: z.array(z.string()),
  cells: z.object({ total: z.int(), reused: z.int() }),
  seconds: z.object({ attacks: z.number(), permutationNull: z.number(), total: z.number() }),
  versions: z.record(z.string(), z.string()),
  cpu: z.object({ model: z.string(), cores: z.int() }),
})
