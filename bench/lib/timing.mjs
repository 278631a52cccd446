// Medians of alternated runs: drift of the machine hits every candidate alike.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs the candidates in turn, `rounds` times after `warmup` rounds; milliseconds per candidate. */
export async function alternate(candidates, { rounds = 50, warmup = 5 } = {}) {
  const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]))
  for (let round = -warmup; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const started = performance.now()
      await run()
      if (round >= 0) times[name].push(performance.now() - started)
    }
  }
  return times
}

export function summarize(times) {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))])
  return { median: round(median(times)), p10: at(0.1), p90: at(0.9), rounds: times.length }
}

export function round(value, digits = 2) {
  return Number(value.toFixed(digits))
}
