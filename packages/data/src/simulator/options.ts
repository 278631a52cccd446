import { z } from 'zod'
import { filterOptionsSchema } from '../sources/dataset-source.js'

/** Options of the simulator; the meaning of each is in {@link simulate}. */
export const simulatorOptionsSchema = filterOptionsSchema
  .extend({
    /** Number of users before filtering. */
    numUsers: z.int().min(1).max(10_000_000).default(1200),
    /** Catalogue size before filtering. */
    numItems: z.int().min(2).max(10_000_000).default(400),
    /**
     * Number of item clusters, at most `numItems`; a multiple of 6 favours every class of both attributes equally (of 12 in
     * the XOR form, whose clusters come in halves).
     */
    numClusters: z.int().min(2).max(10_000).default(12),
    /** Shortest history. */
    minLength: z.int().min(1).default(10),
    /** Mean history length, at least `minLength`; the rest above it is exponential, cut at half the catalogue. */
    meanLength: z.number().min(1).default(40),
    /** How the attributes show in the histories: in single items, in pairs of items only, or in their order only. */
    form: z.enum(['linear', 'xor', 'order']).default('linear'),
    /** How strongly they show: 0 not at all, 1 as strongly as it goes; `knownLeakage` says what that amounts to. */
    strength: z.number().min(0).max(1).default(0.6),
    /** Popularity of the item of rank `r` is `r ^ -popularityExponent`; 0 is uniform. */
    popularityExponent: z.number().min(0).max(3).default(0.8),
    /** Probability that the next item is a successor of the last one; 0 makes the order meaningless. */
    orderShare: z.number().min(0).max(1).default(0.4),
    /** Probability that an interaction has the time of the one before it. */
    tieShare: z.number().min(0).max(1).default(0),
  })
  .refine((options) => options.numClusters <= options.numItems, {
    path: ['numClusters'],
    message: 'must be at most numItems',
  })
  .refine((options) => options.meanLength >= options.minLength, {
    path: ['meanLength'],
    message: 'must be at least minLength',
  })
  .refine((options) => options.minLength <= Math.max(1, options.numItems / 2), {
    path: ['minLength'],
    message: 'must be at most half of numItems',
  })

/** Resolved options of the simulator. */
export type SimulatorOptions = z.output<typeof simulatorOptionsSchema>

/** Options of the simulator as given, before defaults. */
export type SimulatorOptionsInput = z.input<typeof simulatorOptionsSchema>
