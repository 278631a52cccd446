import { buildApplication, buildRouteMap, formatMessageForArgumentScannerError, text_en } from '@stricli/core'
import { ArgumentScannerError, type Application } from '@stricli/core'

import {
  auditCommand,
  bundleCommand,
  configRoutes,
  dataRoutes,
  doctorCommand,
  evaluateCommand,
  exportCommand,
  modelsCommand,
  recommendCommand,
  reproduceCommand,
  reportCommand,
  runsRoutes,
  selfCheckCommand,
  serveCommand,
  statusCommand,
  trainCommand,
  veilCommand,
} from './commands.js'
import type { CliContext } from './context.js'
import { describe, exitCodes, renderError } from './render/error.js'

const routes = buildRouteMap({
  routes: {
    data: dataRoutes,
    train: trainCommand,
    veil: veilCommand,
    evaluate: evaluateCommand,
    audit: auditCommand,
    report: reportCommand,
    recommend: recommendCommand,
    bundle: bundleCommand,
    serve: serveCommand,
    selfcheck: selfCheckCommand,
    reproduce: reproduceCommand,
    runs: runsRoutes,
    export: exportCommand,
    models: modelsCommand,
    config: configRoutes,
    status: statusCommand,
    doctor: doctorCommand,
  },
  docs: {
    brief: 'Recommendations behind a veil',
    fullDescription:
      'Recommendations behind a veil: train a recommender, choose what it must not know, and see what still leaks.',
  },
})

/**
 * The command line: which commands there are, with what flags. The code of a command is loaded when it runs.
 *
 * @param signal tells an interruption from an error.
 */
export function createApplication(signal: AbortSignal): Application<CliContext> {
  const render = (thrown: unknown): string => renderError(thrown, signal.aborted).text
  return buildApplication(routes, {
    name: 'veilrec',
    scanner: { caseStyle: 'allow-kebab-for-camel' },
    versionInfo: { getCurrentVersion: readVersion },
    localization: {
      text: {
        ...text_en,
        noCommandRegisteredForInput: ({ input, corrections }) =>
          describe('INVALID_ARGUMENT', `there is no command "${input}"${didYouMean(corrections)}`),
        exceptionWhileParsingArguments: (thrown) =>
          thrown instanceof ArgumentScannerError
            ? describe('INVALID_ARGUMENT', formatMessageForArgumentScannerError(thrown, {}))
            : render(thrown),
        exceptionWhileLoadingCommandFunction: render,
        exceptionWhileLoadingCommandContext: render,
        exceptionWhileRunningCommand: render,
        commandErrorResult: render,
      },
    },
    determineExitCode: (thrown) => exitCodes[renderError(thrown, signal.aborted).kind],
  })
}

function didYouMean(corrections: readonly string[]): string {
  return corrections.length === 0 ? '' : `; did you mean ${corrections.join(' or ')}?`
}

async function readVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
