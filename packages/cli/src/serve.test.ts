import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const bundle = path('runtime/fixtures/bundle-format-1')

interface Serving {
  readonly child: ChildProcess
  readonly url: string
  readonly log: () => string
  readonly exit: Promise<number | null>
}

/** Starts the command as its own process, and waits until it says where it listens. */
async function serving(...flags: string[]): Promise<Serving> {
  const words = [
    path('cli/bin/veilrec.js'),
    'serve',
    bundle,
    '--port',
    '0',
    '--json',
    '--set',
    'workers=1',
    ...flags,
  ]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, log] = ['', '']
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => (log += text.toString()))
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve))
  while (!out.includes('\n')) {
    if (child.exitCode !== null) throw new Error(`it ended: ${log}`)
    await wait(20)
  }
  const { url } = JSON.parse(out) as { url: string }
  return { child, url, log: () => log, exit }
}

async function recommend(url: string, n: number): Promise<number> {
  const body = JSON.stringify({
    user: { id: `u${n % 200}` },
    requirements: { hide: n % 2 === 0 ? ['age'] : [] },
  })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/recommendations`, { method: 'POST', headers, body })
  const { items } = (await answer.json()) as { items?: unknown[] }
  if (items?.length !== 10) throw new Error(`${items?.length} items`)
  return answer.status
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'answers everybody who was sent here before it stops, on %s',
  async (signal) => {
    const { child, url, log, exit } = await serving('--set', 'drain.graceSeconds=1')
    const failures: unknown[] = []
    let [isReady, answered, afterSignal, signalled] = [true, 0, 0, false]
    const balancer = async (): Promise<void> => {
      while (isReady) {
        isReady = await fetch(`${url}/readyz`).then(({ status }) => status === 200)
        await wait(20)
      }
    }
    const client = async (seat: number): Promise<void> => {
      for (let n = seat; isReady; n += 8) {
        try {
          await recommend(url, n)
          answered++
          if (signalled) afterSignal++
        } catch (error) {
          failures.push(error)
        }
      }
    }
    const clients = [balancer(), ...Array.from({ length: 8 }, (_, seat) => client(seat))]
    while (answered < 50) await wait(20)
    signalled = true
    child.kill(signal)
    await Promise.all(clients)
    expect(failures).toEqual([])
    expect(afterSignal).toBeGreaterThan(0)
    expect(await exit).toBe(0)
    await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed')
    expect(log()).toContain('"route":"/v1/recommendations"')
    expect(log()).not.toMatch(/"u\d+"|"age"|remoteAddress/)
  },
  120_000,
)

it('stops at once when it is told twice', async () => {
  const { child, exit } = await serving('--set', 'drain.graceSeconds=60')
  child.kill('SIGTERM')
  await wait(300)
  child.kill('SIGTERM')
  expect(await exit).toBe(130)
}, 60_000)

it('says what is wrong with a setting, and where', async () => {
  await expect(serving('--set', 'limits.kk=3')).rejects.toThrow(/CONFIG_INVALID.*limits\.kk|limits\.kk/)
  await expect(serving('--set', 'defaults.hide=[religion]')).rejects.toThrow(/CONFIG_INVALID/)
}, 60_000)
