// A server in a process of its own, and load on it: what a client sees, with both on the same cores.
import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'

import { median, round } from './timing.mjs'

const bin = fileURLToPath(new URL('../../packages/cli/bin/veilrec.js', import.meta.url))
const path = '/v1/recommendations'

/** Starts `veilrec serve`; seconds until it says that it is there, with its model loaded and run. */
export async function serve(bundle, settings = []) {
  const words = ['serve', bundle, '--port', '0', '--json', '--unaudited', 'serve_flagged']
  for (const setting of [...settings, 'drain.graceSeconds=0']) words.push('--set', setting)
  const started = performance.now()
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (text) => (errors = (errors + text).slice(-2000)))
  const exit = new Promise((resolve) => child.on('exit', resolve))
  const line = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve)
    void exit.then(() => reject(new Error(`veilrec serve ended: ${errors}`)))
  })
  const { url } = JSON.parse(line)
  return {
    url,
    seconds: round((performance.now() - started) / 1000),
    async memory() {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)[1])
    },
    async stop() {
      child.kill('SIGTERM')
      return exit
    },
  }
}

/** One list, as the service answers. */
export async function ask(url, body) {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

/** Requests per second and latencies in milliseconds of some connections that send one body after the other as soon as they are answered. */
export async function load(url, bodies, connections, seconds) {
  const texts = bodies.map((body) => JSON.stringify(body))
  let next = 0
  const result = await autocannon({
    url: url + path,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => ({ ...request, body: texts[next++ % texts.length] }),
      },
    ],
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers that are no list, ${result.errors} without an answer`)
  }
  const { latency, requests } = result
  return { connections, perSecond: round(requests.average, 1), p50: latency.p50, p99: latency.p99 }
}

/**
 * Latencies in milliseconds of requests that are sent one after the other at even distances, whether those before were answered or not,
 * over as many connections: each from when it was due, so that a server that falls behind is not asked less. (autocannon sends
 * what is due in a second at its beginning.)
 */
export async function pacedLoad(url, bodies, connections, seconds, rate) {
  const texts = bodies.map((body) => JSON.stringify(body))
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const times = []
  const started = performance.now()
  const send = (n) =>
    new Promise((resolve, reject) => {
      const due = started + (1000 * n) / rate
      const text = texts[n % texts.length]
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const sent = request(url + path, { agent, method: 'POST', headers }, (answer) => {
        answer.resume()
        answer.on('end', () => {
          times.push(performance.now() - due)
          if (answer.statusCode === 200) resolve()
          else reject(new Error(`status ${answer.statusCode}`))
        })
      })
      sent.on('error', reject)
      sent.end(text)
    })
  const pending = []
  while (pending.length < rate * seconds) {
    const due = Math.min(rate * seconds, Math.ceil(((performance.now() - started) * rate) / 1000))
    while (pending.length < due) pending.push(send(pending.length))
    await wait(1)
  }
  await Promise.all(pending)
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (share) => round(times[Math.floor(share * (times.length - 1))], 1)
  return { connections, perSecond: rate, p50: at(0.5), p99: at(0.99) }
}

/** Median milliseconds of each kind of request, asked in turn over one connection. */
export async function latencies(url, kinds, rounds) {
  const times = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]))
  for (let n = -5; n < rounds; n++) {
    for (const [name, bodyOf] of Object.entries(kinds)) {
      const started = performance.now()
      await ask(url, bodyOf(n + 5))
      if (n >= 0) times[name].push(performance.now() - started)
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, round(median(values), 3)]))
}
