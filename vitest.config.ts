import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests run from source, so that every package is loaded once; workers run from dist.
    alias: [
      { find: /^@veilrec\/(core|runtime|data|lab|service|testing)$/, replacement: source('$1/src/index.ts') },
      { find: '@veilrec/testing/browser', replacement: source('testing/src/browser/index.ts') },
      { find: /^veilrec$/, replacement: source('cli/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    testTimeout: 60_000,
    pool: 'forks',
    // vitest leaves a core to itself, which on two cores is half of the time.
    maxWorkers: '100%',
  },
})
