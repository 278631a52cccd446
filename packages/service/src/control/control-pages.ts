import { readFile } from 'node:fs/promises'

import type { FastifyInstance, FastifySchema } from 'fastify'

import { pageHtml } from './page-html.js'
import { pageStyles } from './page-styles.js'

/** What a browser loads below `/control/`: a fixed list, so that no request names a file. */
const modules = [
  'compared-lists',
  'control-page',
  'control-styles',
  'control-texts',
  'control-texts-de',
  'control-view',
  'elements',
  'option-pair',
  'preference-words',
  'service-answers',
  'service-client',
  'try-page',
  'veilrec-control',
] as const

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3d3a9e"/><circle cx="16" cy="13" r="5" fill="#fff"/><path d="M5 27c1-7 6-9 11-9s10 2 11 9z" fill="#fff"/><path d="M4 15h24v13H4z" fill="#3d3a9e" fill-opacity=".55"/><path d="M4 15h24" stroke="#fff" stroke-width="2"/></svg>`

/** Scripts, styles and requests of this origin only, nothing inline, nobody may frame it, and nothing is parsed as HTML by script. */
const headers = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // The modules belong together: an old one beside a new one would break the page.
  'cache-control': 'no-cache',
} as const

/**
 * Adds the pages a person sees: `GET /control`, the control with what a site sends, `GET /try`, lists with and without each
 * attribute, and below `/control/` what they load, among it `veilrec-control.js` for sites that embed the control.
 *
 * The pages call `/v1/capabilities`, `/v1/recommendations` and `/v1/parameters` of the same origin, which this function does
 * not add. They are the same for everybody, and are left out of the OpenAPI document.
 *
 * @example
 * await registerControlPages(app)
 */
export async function registerControlPages(app: FastifyInstance): Promise<void> {
  const folder = new URL('../../dist/control/browser/', import.meta.url)
  serve(app, '/control', 'text/html; charset=utf-8', pageHtml('control'))
  serve(app, '/try', 'text/html; charset=utf-8', pageHtml('try'))
  serve(app, '/control/pages.css', 'text/css; charset=utf-8', pageStyles)
  serve(app, '/control/icon.svg', 'image/svg+xml', icon)
  for (const name of modules) {
    const code = await readFile(new URL(`${name}.js`, folder), 'utf8')
    serve(app, `/control/${name}.js`, 'text/javascript; charset=utf-8', code)
  }
}

function serve(app: FastifyInstance, url: string, type: string, body: string): void {
  app.get(url, { schema: undocumented }, (_request, reply) => reply.headers(headers).type(type).send(body))
}

/** `@fastify/swagger` leaves out what is marked so. */
const undocumented: FastifySchema & { readonly hide: true } = { hide: true }
