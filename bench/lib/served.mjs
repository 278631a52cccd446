// A server in a process of its own, and load on it: what a client sees, with both on the same cores.
import { spawn } from 'node:child_process'
import { createConnection } from 'node:net'
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
 * Latencies in milliseconds of requests that are due at even distances, whether those before were answered or not, over as many
 * connections: each from when it was due, so that a server that falls behind is not asked less. (autocannon sends what is due in a
 * second at its beginning.)
 */
export async function pacedLoad(url, bodies, connections, seconds, rate) {
  const { hostname, port } = new URL(url)
  const messages = bodies.map((body) => {
    const text = JSON.stringify(body)
    return `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  })
  const sockets = Array.from({ length: connections }, () =>
    createConnection({ host: hostname, port, noDelay: true }),
  )
  const idle = [...sockets]
  const waiting = []
  const count = rate * seconds
  const times = []
  const started = performance.now()
  const send = (socket, n) => {
    socket.due = started + (1000 * n) / rate
    socket.answer = ''
    socket.write(messages[n % messages.length])
  }
  await new Promise((resolve, reject) => {
    for (const socket of sockets) {
      socket.setEncoding('latin1').on('error', reject)
      socket.on('data', (data) => {
        socket.answer += data
        const head = socket.answer.indexOf('\r\n\r\n')
        if (head < 0) return
        const length = Number(/content-length: (\d+)/i.exec(socket.answer)[1])
        if (socket.answer.length < head + 4 + length) return
        if (!socket.answer.startsWith('HTTP/1.1 200')) reject(new Error(socket.answer.slice(0, 200)))
        times.push(performance.now() - socket.due)
        if (waiting.length > 0) send(socket, waiting.shift())
        else idle.push(socket)
        if (times.length === count) resolve()
      })
    }
    let next = 0
    const tick = () => {
      const due = Math.min(count, Math.ceil(((performance.now() - started) * rate) / 1000))
      for (; next < due; next++) {
        const socket = idle.pop()
        if (socket === undefined) waiting.push(next)
        else send(socket, next)
      }
      if (next < count) setTimeout(tick, 1)
    }
    tick()
  })
  for (const socket of sockets) socket.destroy()
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
