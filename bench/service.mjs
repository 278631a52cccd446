// The service in a process of its own under load, on the run of main-job.mjs behind AFRL: give VEILREC_HOME the folder of
// main-job.mjs, which has to be run before, as `npm run bench -- ml-1m-veil-afrl`. And on 50,000 made-up items, for which a
// recommender and a veil are trained for an epoch once.
//
// Load and server share the machine. Every request is for another of 6,000 users, all requirements equally often.
import { join } from 'node:path'
import { topK } from '@veilrec/core'
import { baseEncoder, listVeils, loadRun, loadVeil } from '@veilrec/lab'
import { readBundle } from '@veilrec/runtime'

import { veilrec } from './lib/command.mjs'
import { ask, latencies, load, pacedLoad, serve } from './lib/served.mjs'
import { round } from './lib/timing.mjs'
import { benchHome, mainJobHome, mainJobRun, trainedRun } from './lib/trained-run.mjs'

const seconds = 20
const users = 6000
const compared = 1000
/** What is aimed at, without and with base vectors in memory; p99 in milliseconds. */
const aims = { uncached: { perSecond: 300, p99: 100 }, cached: { perSecond: 1500, p99: 30 } }

export async function measure() {
  const films = await filmsBundle()
  const large = await largeBundle()
  const results = { films: await measured(films), items50k: await measured(large) }
  const bars = [...barsOf('ml-1m, 3,416 items', results.films), ...barsOf('50,000 items', results.items50k)]
  return { results, bars }
}

async function filmsBundle() {
  const home = mainJobHome()
  const folder = join(home, 'service.bundle')
  await veilrec(home, ['bundle', mainJobRun, '--method', 'afrl', '--histories', '--out', folder])
  return { folder, home, run: mainJobRun, method: 'afrl' }
}

async function largeBundle() {
  const home = benchHome()
  const name = 'items-50k'
  const known = await veilrec(home, ['data', 'card', name], { tolerated: ['DATASET_NOT_FOUND'] })
  const options = ['numUsers=6040', 'numItems=50000', 'meanLength=165', 'kCore=1']
  if (known === null) {
    const flags = options.flatMap((option) => ['--option', option])
    await veilrec(home, ['data', 'add', name, '--source', 'simulated', ...flags])
  }
  await trainedRun(home, { name, dataset: name, model: 'sasrec', settings: ['training.epochs=1'] })
  await veilrec(home, ['veil', name, '--method', 'afrl', '--set', 'epochs=1'])
  const folder = join(home, `${name}.bundle`)
  await veilrec(home, ['bundle', name, '--method', 'afrl', '--histories', '--out', folder])
  return { folder, home, run: name, method: 'afrl' }
}

/** What clients see of a bundle: without and with base vectors in memory, at 64 connections and at 1. */
export async function measured(
  { folder, ...made },
  { duration = seconds, samples = compared, people = users } = {},
) {
  const { model, known } = await readBundle(folder)
  const requirements = [[], ...model.manifest.veil.requirements.map(({ hide }) => hide)]
  const ids = [...known.users.keys()].slice(0, people)
  const bodies = ids.map((id, n) => ({
    user: { id },
    requirements: { hide: requirements[n % requirements.length] },
  }))
  const figures = {
    items: model.manifest.catalogue.items,
    requirements: requirements.length,
    users: ids.length,
  }

  const uncached = await serve(folder, ['cacheBytes=0'])
  figures.coldStartSeconds = uncached.seconds
  await load(uncached.url, bodies, 8, Math.min(5, duration))
  figures.uncached = {
    many: await load(uncached.url, bodies, 64, duration),
    paced: await pacedLoad(uncached.url, bodies, 64, duration, aims.uncached.perSecond),
    one: await load(uncached.url, bodies, 1, duration),
    memory: await uncached.memory(),
  }
  figures.equal = await equalAnswers(uncached.url, made, bodies.slice(0, samples))
  const id = ids[0]
  const kinds = Object.fromEntries(
    requirements.map((hide) => [
      hide.join(',') || '(none)',
      (n) => ({ user: { id: ids[n % ids.length] }, requirements: { hide } }),
    ]),
  )
  figures.medians = await latencies(
    uncached.url,
    {
      ...kinds,
      'non-profiled': () => ({ user: { id }, requirements: { mode: 'non_profiled' } }),
      fallback: () => ({ user: { id: 'nobody' }, requirements: { hide: requirements[1] } }),
    },
    100,
  )
  await uncached.stop()

  const cached = await serve(folder)
  for (let from = 0; from < bodies.length; from += 64) {
    await Promise.all(bodies.slice(from, from + 64).map((body) => ask(cached.url, body)))
  }
  figures.cached = {
    many: await load(cached.url, bodies, 64, duration),
    paced: await pacedLoad(cached.url, bodies, 64, duration, aims.cached.perSecond),
    one: await load(cached.url, bodies, 1, duration),
    memory: await cached.memory(),
  }
  figures.exitCode = await cached.stop()
  return figures
}

/** How many answers are item by item what `veilrec recommend` gives for the run that the bundle was made of. */
async function equalAnswers(url, { home, run: name, method }, bodies) {
  const run = await loadRun(home, name)
  const base = baseEncoder(run)
  const manifest = (await listVeils(run.folder)).find((veil) => veil.method === method)
  const veil = await loadVeil(run, manifest, base)
  const { histories, userIds, itemIds, numItems } = run.dataset
  const places = new Map(userIds.map((id, place) => [id, place]))
  const asked = Int32Array.from(bodies, ({ user }) => places.get(user.id))
  const vectors = await veil.encode(
    histories,
    bodies.map(({ requirements }) => requirements.hide),
    asked,
  )
  const scores = run.scores(vectors)
  let equal = 0
  for (const [n, body] of bodies.entries()) {
    const seen = new Uint8Array(numItems + 1)
    const [start, end] = [histories.offsets[asked[n]], histories.offsets[asked[n] + 1]]
    for (const item of histories.items.subarray(start, end)) seen[item] = 1
    const expected = Array.from(topK(scores(n), 10, seen).items, (item) => itemIds[item])
    const { items } = await ask(url, body)
    if (items.map(({ id }) => id).join() === expected.join()) equal++
  }
  return { of: bodies.length, equal }
}

function barsOf(what, { coldStartSeconds, uncached, cached, equal, medians }) {
  const times = Object.values(medians)
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)]
  const bar = (name, limit, measuredFigure, met) => ({
    what: `${what}: ${name}`,
    bar: limit,
    measured: measuredFigure,
    met,
  })
  const ofLoad = (name, { many, paced, one, memory }, aim) => [
    bar(
      `requests/s at 64 connections, ${name}`,
      `>= ${aim.perSecond}`,
      many.perSecond,
      many.perSecond >= aim.perSecond,
    ),
    // Connections that wait for nothing but answers are answered in 64 / (requests/s) on average, however fast the rest is.
    bar(`p99 at 64 connections, ${name}, all it can (ms)`, `<= ${aim.p99}`, many.p99, many.p99 <= aim.p99),
    bar(
      `p99 at 64 connections, ${name}, ${aim.perSecond} requests/s (ms)`,
      `<= ${aim.p99}`,
      paced.p99,
      paced.p99 <= aim.p99,
    ),
    bar(`requests/s at 1 connection, ${name}`, 'none', one.perSecond, null),
    bar(`p99 at 1 connection, ${name} (ms)`, 'none', one.p99, null),
    bar(`resident memory, ${name} (MiB)`, 'none', round(memory / 2 ** 20, 0), null),
  ]
  return [
    ...ofLoad('uncached', uncached, aims.uncached),
    ...ofLoad('base vectors cached', cached, aims.cached),
    bar('cold start to ready (s)', '< 3', coldStartSeconds, coldStartSeconds < 3),
    bar(
      'answers equal to veilrec recommend, item by item',
      'all',
      `${equal.equal} of ${equal.of}`,
      equal.equal === equal.of,
    ),
    bar(
      'median latency of requirements, non-profiled and fallback lists, slowest over fastest',
      '<= 1.2',
      round(slowest / fastest),
      slowest / fastest <= 1.2,
    ),
  ]
}
