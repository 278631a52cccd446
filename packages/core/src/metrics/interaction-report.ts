import type { Histories, UserAttribute } from '../dataset.js'
import type { Rng } from '../random.js'
import { mean, type BootstrapOptions } from '../statistics/interval.js'
import {
  adoptionEntropy,
  averageAdoptionEntropy,
  entropyCorrections,
  itemAdoption,
  type EntropyCorrection,
} from './adoption-entropy.js'
import { entropySortedLists, interactionControls } from './interaction-controls.js'
import { interactionFairness } from './interaction-fairness.js'
import { defined, undefinedBecause, type Measure } from './measure.js'
import { summarize, type MetricSummary } from './summarize.js'
import type { Targets } from './targets.js'

/** What {@link interactionReport} measures. */
export interface InteractionReportInput {
  /** Single ones, or several as one by {@link intersectAttributes}. */
  readonly attributes: readonly UserAttribute[]
  /** Training interactions of everybody. */
  readonly training: Histories
  readonly numItems: number
  /** Each user's items before the targets, which no list holds. */
  readonly known: Histories
  readonly truth: Targets
  /** Each system's lists by its name. */
  readonly systems: Readonly<Record<string, Histories>>
  /** How many items of each list count, at least 1. */
  readonly k: number
  /** Drives bootstrap and random control; not advanced. */
  readonly rng: Rng
}

/** One system or control under one correction; entropies in nats. */
export interface InteractionRow {
  readonly name: string
  readonly isControl: boolean
  /** Mean entropy of the listed items: orders systems as DIF does, and is easier to read. */
  readonly listEntropy: Measure
  /** Mean over users of `InteractionFairness.dif`. */
  readonly dif: MetricSummary
  /** Mean over users of `InteractionFairness.difSum`. */
  readonly difSum: Measure
  /** Places in lists whose item has no entropy. */
  readonly unscoredListed: number
}

/** All systems and controls under one correction for items with few adopters. */
export interface InteractionTable {
  readonly correction: EntropyCorrection
  /** Mean entropy of what the users chose. */
  readonly truthEntropy: Measure
  readonly unscoredTargets: number
  /** The systems as given, then the controls `popularity`, `random` and `entropy-sorted`. */
  readonly rows: readonly InteractionRow[]
}

/** What {@link interactionReport} found for one attribute. */
export interface InteractionReport {
  readonly attribute: string
  readonly k: number
  /** `ln K`, the entropy of an item that all groups adopt equally. */
  readonly maximumEntropy: number
  /** {@link averageAdoptionEntropy}. */
  readonly averageEntropy: Measure
  /** Users whose value of the attribute is missing; they adopt nothing, but their lists are measured. */
  readonly missingUsers: number
  /** In the order of {@link entropyCorrections}. */
  readonly tables: readonly InteractionTable[]
}

/**
 * Interaction fairness of systems beside popularity, random and entropy-sorted lists, bare and corrected for the
 * number of adopters (evaluation.md rule 11): {@link interactionFairness} with intervals over users.
 *
 * @returns in the order of the attributes.
 * @throws VeilrecError `INVALID_ARGUMENT` when numbers of users differ or an item is outside the catalogue.
 * @example
 * interactionReport({ attributes: [gender], training, numItems, known, truth, systems: { sasrec }, k: 10, rng })
 */
export function interactionReport(
  input: InteractionReportInput,
  options: BootstrapOptions = {},
): readonly InteractionReport[] {
  const { attributes, training, numItems, known, k, rng } = input
  const controls = interactionControls({ ...input, seed: rng.split('random control').int(2 ** 31) })
  return attributes.map((attribute) => {
    const adoption = itemAdoption(training, attribute, numItems)
    return {
      attribute: attribute.name,
      k,
      maximumEntropy: Math.log(adoption.numClasses),
      averageEntropy: averageAdoptionEntropy(adoption),
      missingUsers: attribute.codes.reduce((count, code) => count + (code < 0 ? 1 : 0), 0),
      tables: entropyCorrections.map((correction) => {
        const entropy = adoptionEntropy(adoption, correction)
        const sorted = { 'entropy-sorted': entropySortedLists(entropy, known, k) }
        return tableOf(input, correction, entropy, { ...controls, ...sorted }, options)
      }),
    }
  })
}

function tableOf(
  { systems, truth, k, rng }: InteractionReportInput,
  correction: EntropyCorrection,
  entropy: Float64Array,
  controls: Readonly<Record<string, Histories>>,
  options: BootstrapOptions,
): InteractionTable {
  const measured = [systems, controls].flatMap((lists) =>
    Object.entries(lists).map(([name, ofUsers]) => ({
      name,
      isControl: lists === controls,
      fairness: interactionFairness(entropy, ofUsers, truth, k),
    })),
  )
  const ofTruth = measured[0]!.fairness
  return {
    correction,
    truthEntropy: meanOf(ofTruth.truthMean),
    unscoredTargets: ofTruth.unscoredTargets,
    rows: measured.map(({ name, isControl, fairness }) => ({
      name,
      isControl,
      listEntropy: meanOf(fairness.listMean),
      // Equal streams, so that all rows draw the same users.
      dif: summarize(fairness.dif, rng.split('users'), options),
      difSum: meanOf(fairness.difSum),
      unscoredListed: fairness.unscoredListed,
    })),
  }
}

/** Over the users for whom the value is defined. */
function meanOf(values: Float64Array): Measure {
  const scored = values.filter((value) => !Number.isNaN(value))
  return scored.length === 0 ? undefinedBecause('undefined for every user') : defined(mean(scored))
}
