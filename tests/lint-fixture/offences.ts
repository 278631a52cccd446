// Every line here breaks one lint rule on purpose: `npm run lint` fails when a rule named in
// scripts/lint.mjs stops reporting it. Not part of any package.
import { Other } from './other.js'

export function draw() {
  return Math.random()
}

export const clock = (): number => Date.now()

export function untyped(value: any): unknown {
  return value
}

export async function later(): Promise<number> {
  return await Promise.resolve(1)
}

export function forgets(): void {
  later()
}

export function decides(): number {
  if (later()) return 1
  return new Date().getTime()
}

export function throws(other: Other): never {
  console.log(other)
  throw 'text'
}

export default draw
