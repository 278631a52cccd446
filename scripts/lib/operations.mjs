// The table of graph operations: their gradients stated by hand, their users found in the imports.
import { ops } from '@veilrec/core'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow, root } from './process.mjs'

/** Per operation its result and the gradients of its inputs, `g` being the gradient of the result. */
const described = {
  add: ['`a + b`', '`g`, `g`, each summed over its broadcast axes'],
  sub: ['`a - b`', '`g`, `-g`, likewise'],
  mul: ['`a b`', '`g b`, `g a`, likewise'],
  div: ['`a / b`', '`g / b`, `-g a / b^2`, likewise'],
  maximum: ['larger of `a`, `b`', '`g` to the larger; half to each at a tie'],
  minimum: ['smaller of `a`, `b`', '`g` to the smaller; half to each at a tie'],
  neg: ['`-x`', '`-g`'],
  exp: ['`e^x`', '`g y`'],
  log: ['`ln x`', '`g / x`'],
  sqrt: ['`x^(1/2)`', '`g / (2 y)`, infinite at 0'],
  abs: ['`|x|`', '`g sign(x)`, 0 at 0'],
  relu: ['`max(x, 0)`', '`g` where `x > 0`, 0 at 0'],
  leakyRelu: ['`x` or `slope x`', '`g` where `x > 0`, else `slope g`'],
  sigmoid: ['`1 / (1 + e^-x)`', '`g y (1 - y)`'],
  tanh: ['`tanh x`', '`g (1 - y^2)`'],
  softplus: ['`ln(1 + e^x)`', '`g sigmoid(x)`'],
  logSigmoid: ['`-softplus(-x)`', '`g sigmoid(-x)`'],
  gelu: ['`x Phi(x)`, exact', '`g (Phi(x) + x phi(x))`'],
  erf: ['error function', '`g 2 / sqrt(pi) e^(-x^2)`'],
  clip: ['`x` within two borders', '`g` inside and at the borders, 0 outside'],
  where: ['`condition ? a : b`', '`g` to the side taken, 0 to the other'],
  greater: ['`a > b`', 'none'],
  less: ['`a < b`', 'none'],
  equal: ['`a == b`', 'none'],
  cast: ['another element type', 'none'],
  stopGradient: ['`x`', 'none'],
  reverseGradient: ['`x`', '`-scale g`'],
  straightThrough: ['`hard`', '`g` to `soft`, none to `hard`'],
  scalar: ['a constant', 'none'],
  zeros: ['a constant', 'none'],
  ones: ['a constant', 'none'],
  sum: ['sum over axes', '`g`, repeated'],
  mean: ['mean over axes', '`g / count`, repeated'],
  max: ['maximum over axes', '`g` to the maximum, in equal parts to several'],
  logSumExp: ['`ln sum e^x` of a row', '`g softmax(x)`'],
  norm: ['length of a row', '`g x / y`, 0 at the zero row'],
  weightedMean: ['`sum(w x) / max(sum w, 1)`', 'of its parts'],
  sumTo: ['broadcasting undone', '`g`, repeated'],
  rowProduct: ['a row times a matrix, in eight parts', 'of its parts'],
  reshape: ['same elements, other shape', '`g`, reshaped'],
  transpose: ['axes permuted', '`g`, permuted back'],
  broadcastTo: ['axes repeated', '`g`, summed over them'],
  concat: ['tensors joined', '`g`, cut'],
  split: ['a tensor cut', 'the `g` of the parts, joined; 0 for an unused part'],
  slice: ['part of an axis', '`g`, padded with 0'],
  matmul: ['`s a b`, either transposed', '`s g b^T`, `s a^T g`, summed over broadcast axes'],
  dot: ['inner product of rows', '`g b`, `g a`'],
  affine: ['`x w + bias`', '`g w^T`, `x^T g`, `g` summed over rows'],
  softmax: ['`e^x / sum e^x` of a row', '`y (g - sum(g y))`'],
  logSoftmax: ['`x - ln sum e^x` of a row', '`g - e^y sum(g)`'],
  layerNorm: [
    'rows of mean 0 and variance 1, scaled',
    '`(q - mean(q) - n mean(q n)) / std` with `q = g scale`',
  ],
  rmsNorm: ['rows of mean square 1, scaled', 'of its parts'],
  batchNorm: ['columns of mean 0 and variance 1, scaled', 'of its parts, through both statistics'],
  conv: [
    'cross-correlation, stride 1',
    'transposed convolution for `x`, correlation of `x` and `g` for the kernel',
  ],
  maxPool: ['maximum of windows', '`g` to the first maximum of each window, added up'],
  gather: ['rows by index', 'kept as pairs of row and index; summed in order of the batch'],
  scatterSum: ['rows summed by index', '`g`, gathered'],
  takeAlongLast: ['elements by index in each row', '`g` to those elements'],
  replaceAlongLast: ['one element of each row replaced', '`g`, 0 where replaced'],
  topKValues: ['largest values of a row', '`g` to them; ties to the lower index'],
  takeTimeStep: ['one step of each sequence', '`g` to that step'],
}

/** Source files that import each operation, without the operations themselves. */
function usersByOperation() {
  const source = join(root, 'packages', 'core', 'src')
  const isUser = (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !/graph.ops./.test(path)
  const users = new Map()
  for (const path of filesBelow(source, isUser)) {
    const place = relative(source, path).replaceAll('\\', '/').replace(/\.ts$/, '')
    const imports = readFileSync(path, 'utf8').matchAll(/import \{([^}]*)\} from '[^']*\/ops\/[^']*'/g)
    for (const [, names] of imports) {
      for (const name of names.split(',').map((item) => item.trim().split(' ')[0])) {
        if (name !== '') users.set(name, [...(users.get(name) ?? []), place])
      }
    }
  }
  return users
}

/** The table; throws when an operation has no description or a description no operation. */
export function operationsTable() {
  const names = Object.keys(ops).filter((name) => typeof ops[name] === 'function')
  const missing = names.filter((name) => !(name in described))
  const gone = Object.keys(described).filter((name) => !names.includes(name))
  if (missing.length > 0 || gone.length > 0) {
    throw new Error(
      `scripts/lib/operations.mjs: describe ${missing.join(', ') || 'nothing'}, remove ${gone.join(', ') || 'nothing'}`,
    )
  }
  const users = usersByOperation()
  const rows = Object.entries(described).map(([name, [result, gradient]]) => {
    const cells = [`\`${name}\``, result, gradient, (users.get(name) ?? []).join(', ')]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return [
    '| operation | result | gradient of its inputs | used by |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
