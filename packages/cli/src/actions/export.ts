import { exportOnnx } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderPairs } from '../render/table.js'

/** Flags of `veilrec export`. */
export interface ExportFlags {
  readonly onnx: string
  readonly json: boolean
}

/** `veilrec export RUN --onnx FILE` */
export async function exportRun(this: CliContext, { onnx, json }: ExportFlags, run: string): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => exportOnnx({ home, run, file: onnx }),
    render: ({ run: name, file, bytes, input, output }) =>
      [
        renderPairs([
          ['run', `${name}, without its veils`],
          ['input', `${input.name}, ${input.type} [${input.shape.join(', ')}]`],
          ['output', `${output.name}, ${output.type} [${output.shape.join(', ')}]`],
          ['bytes', bytes],
        ]),
        `stored in ${file}`,
      ].join('\n'),
  })
}
