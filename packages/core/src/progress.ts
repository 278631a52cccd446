/** How far long work has come. */
export interface Progress {
  /** What is being done, in a word or two: `epoch 3`, `validation`. */
  readonly stage: string
  /** Finished and expected units of the whole work; `total` may be an upper bound. */
  readonly done: number
  readonly total: number
  /** Numbers worth watching, such as the loss. */
  readonly metrics?: Readonly<Record<string, number>>
  /** Time left in seconds, where the work knows better than its pace says: at the least and at the most. */
  readonly secondsLeft?: readonly [atLeast: number, atMost: number]
}

/** Where long work reports to. The library never prints; the caller decides what becomes of it. */
export type ProgressSink = (progress: Progress) => void
