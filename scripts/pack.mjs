// Packs every public package, installs the tarballs in an empty folder outside the repository as a user would,
// runs the command there, and compiles and runs a small program against the library.
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { node, npm, npmResult, readJson, root, tool, workspaces } from './lib/process.mjs'

/** What the installed command is asked to do. */
const command = 'doctor'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-pack-'))
const isPassed = pack()
rmSync(folder, { recursive: true, force: true })
console.log(`pack: ${isPassed ? 'passed' : 'FAILED'}`)
process.exitCode = isPassed ? 0 : 1

function pack() {
  const packages = workspaces().filter(({ manifest }) => manifest.private !== true)
  const selected = packages.map(({ manifest }) => `--workspace=${manifest.name}`)
  const packed = npmResult(['pack', '--json', '--pack-destination', folder, ...selected], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (packed.status !== 0) return false
  const tarballs = Object.values(JSON.parse(packed.stdout))
  const isSound = packages.map(({ folder: path, manifest }) => {
    const tarball = tarballs.find(({ name }) => name === manifest.name)
    return isContentSound(path, tarball) && isManifestSound(path, tarball)
  })
  if (isSound.includes(false)) return false

  cpSync(join(root, 'tests', 'consumer'), folder, { recursive: true })
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  const examples = readdirSync(join(folder, 'examples')).filter((name) => name.endsWith('.ts'))
  const consumer = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(tarballs.map(({ name, filename }) => [name, `file:./${filename}`])),
    devDependencies: { '@types/node': readJson('package.json').devDependencies['@types/node'] },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(consumer))
  // What npm tells its children about this repository must not reach the npm that installs in the other folder.
  const outside = Object.entries(process.env).filter(([name]) => !/^npm_(?!execpath)/i.test(name))
  const here = { cwd: folder, env: Object.fromEntries(outside) }
  const tsc = tool('typescript', 'bin', 'tsc')
  return (
    step(
      'install',
      npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], here),
    ) &&
    step(`veilrec ${command}`, npm(['exec', '--no', '--', 'veilrec', command], here)) &&
    step('compile the library consumer', node(tsc, ['-p', 'tsconfig.json'], here)) &&
    step('run the library consumer', node(join(folder, 'out', 'library.js'), [], here)) &&
    examples.every((name) => {
      const built = join(folder, 'out', 'examples', name.replace(/\.ts$/, '.js'))
      return step(`run the example ${name}`, node(built, [], here))
    }) &&
    step('compile the browser consumer', node(tsc, ['-p', 'tsconfig.browser.json', '--noEmit'], here))
  )
}

/** The tarball holds the build of the present sources: every built file has its source, and the other way. */
function isContentSound(path, { name, files }) {
  const paths = new Set(files.map((file) => file.path))
  const problems = []
  for (const file of paths) {
    const source = file.replace(/^dist\/(.*?)(\.d\.ts|\.js|\.js\.map)$/, 'src/$1.ts')
    if (source !== file && !paths.has(source))
      problems.push(`${file} is left over from a source that is gone`)
    const built = file.replace(/^src\/(.*)\.ts$/, 'dist/$1.js')
    if (built !== file && !paths.has(built)) problems.push(`${file} is not built`)
    if (file.includes('.test.')) problems.push(`${file} is a test`)
  }
  for (const needed of ['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts']) {
    if (!paths.has(needed)) problems.push(`${needed} is missing`)
  }
  for (const problem of problems) console.error(`pack: ${name}: ${problem}`)
  if (problems.length > 0) console.error(`pack: delete ${path}/dist and run \`npm run build\``)
  return problems.length === 0
}

function isManifestSound(path, { filename }) {
  const status = node(tool('publint', 'src', 'cli.js'), ['run', join(folder, filename), '--strict'])
  return step(`publint ${path}`, status)
}

function step(name, status) {
  if (status !== 0) {
    console.error(`pack: ${name} failed`)
    const content = existsSync(folder) ? readdirSync(folder).join(', ') : ''
    console.error(`pack: the consumer folder held ${content}`)
  }
  return status === 0
}
