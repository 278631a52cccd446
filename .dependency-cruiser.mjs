// Which file may import what. `npm run deps` enforces it.
//
// Two sets: one for the sources, where an import of a type counts as well, and one for the built files, where
// the compiler has erased the imports of types and what is left happens at run time.

const testFile = String.raw`\.test\.ts$`

/** What each package may import besides itself, from the bottom to the top. */
const layers = {
  core: [],
  runtime: ['core'],
  data: ['core', 'runtime'],
  lab: ['core', 'runtime', 'data'],
  service: ['core', 'runtime'],
  cli: ['core', 'runtime', 'data', 'lab', 'service'],
  testing: ['core'],
}

const layering = Object.entries(layers).map(([name, allowed]) => ({
  name: `${name}-imports-only-${['itself', ...allowed].join('-')}`,
  comment: `packages/${name} may import ${allowed.length > 0 ? allowed.join(', ') : 'no other package'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: testFile },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}))

export const sourceRules = {
  forbidden: [
    ...layering,
    {
      name: 'testing-is-for-tests',
      comment: 'Only test files import @veilrec/testing.',
      severity: 'error',
      from: { path: '^packages/', pathNot: [testFile, '^packages/testing/'] },
      to: { path: '^packages/testing/' },
    },
    {
      name: 'other-packages-by-name',
      comment: 'Another package is imported by its name, never by a path into its source.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: '^packages/$1/' },
    },
    {
      name: 'core-has-no-builtins',
      comment: 'core runs in a browser.',
      severity: 'error',
      from: { path: '^packages/core/', pathNot: testFile },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-has-three-dependencies',
      comment: 'core may use pure-rand, protobufjs and zod.',
      severity: 'error',
      from: { path: '^packages/core/', pathNot: testFile },
      to: {
        path: 'node_modules/',
        pathNot: 'node_modules/(pure-rand|protobufjs|zod)/',
      },
    },
    {
      name: 'service-needs-no-duckdb',
      comment: 'What serves has neither data sets nor runs.',
      severity: 'error',
      from: { path: '^packages/service/', pathNot: testFile },
      to: { path: 'duckdb' },
    },
    {
      name: 'control-has-no-dependencies',
      comment: 'What a page loads is served file by file: it imports nothing but its neighbours.',
      severity: 'error',
      from: { path: '^packages/service/src/control/browser/', pathNot: testFile },
      to: { pathNot: '^packages/service/src/control/browser/' },
    },
    {
      name: 'declared-dependencies',
      comment:
        'What a package imports stands under dependencies in its own package.json. testing is never ' +
        'published and may use the tools at the root.',
      severity: 'error',
      from: { path: '^packages/', pathNot: [testFile, '^packages/testing/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing hides from every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
}

export const builtRules = {
  forbidden: [
    {
      name: 'core-knows-no-onnxruntime',
      comment: 'Only runtime loads an inference runtime, its types included.',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: 'onnxruntime' },
    },
    {
      name: 'no-cycles',
      comment:
        'Files that need each other at run time are one file or three. The operations of the graph are exempt: ' +
        'the gradient of one family is written in the operations of another, and nothing runs at import.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '/graph/ops/' },
      to: { circular: true },
    },
  ],
}
