// A learned veil with its default settings on the run of main-job.mjs (which has to be run before), for every subset of the three
// attributes: time, epochs and size. A finished veil of the same recommender, settings and version is not made again. Long:
// give VEILREC_HOME the same folder, and an interrupted training continues.
import { round } from './lib/timing.mjs'
import { madeVeil } from './lib/method-veil.mjs'
import { mainJobHome, mainJobRun } from './lib/trained-run.mjs'

// Minutes of training on two cores, where the project has set itself a bar.
const bars = { afrl: 20, pfrec: 90 }

/** The cell of one method. */
export function cell(method) {
  return { measure: () => measure(method) }
}

async function measure(method) {
  const { manifest, reused, making } = await madeVeil(mainJobHome(), method)
  const { training = [], parameters, requirements } = manifest
  const sum = (of) => training.reduce((total, record) => total + of(record), 0)
  const minutes = round(sum(({ seconds }) => seconds) / 60, 1)
  const epochs = sum((record) => record.epochs)
  const limit = bars[method]
  const what = `veil ${method} on ${mainJobRun}, ${requirements.length} requirements`
  const figure = (name, measured) => ({ what: `${what}: ${name}`, bar: 'none', measured, met: null })
  return {
    results: { run: mainJobRun, method, reused, making, minutes, epochs, parameters, manifest },
    bars: [
      {
        what: `${what}: training, minutes`,
        bar: limit === undefined ? 'none' : `<= ${limit}`,
        measured: minutes,
        met: limit === undefined ? null : minutes <= limit,
      },
      // Of a training that went on after an interruption only the last part was timed.
      ...(making === null || making.isResumed
        ? []
        : [
            figure('with encoding and distilling, minutes', round(making.seconds / 60, 1)),
            figure('resident memory at its peak (GiB)', making.peakGiB),
          ]),
      figure('epochs', epochs),
      figure('numbers stored', parameters),
    ],
  }
}
