/** What a page or a picture is made of: text, elements, or several of both. Text is data and is escaped when it is rendered. */
export type Markup = string | MarkupElement | readonly Markup[]

/** Attributes by name: numbers are rounded to hundredths, `true` stands alone, `false` and undefined are left out. */
export type MarkupAttributes = Readonly<Record<string, string | number | boolean | undefined>>

/** An element of HTML or SVG; made by {@link element}. */
export interface MarkupElement {
  readonly name: string
  readonly attributes: MarkupAttributes
  readonly children: readonly Markup[]
}

/**
 * An element of HTML or SVG.
 *
 * @param name and the names of attributes come from the code, never from data.
 * @example
 * renderMarkup(element('p', { class: 'note' }, '1 < 2')) // '<p class="note">1 &lt; 2</p>'
 */
export function element(name: string, attributes: MarkupAttributes, ...children: Markup[]): MarkupElement {
  return { name, attributes, children }
}

/** Elements of HTML that have no content and no end. */
const voidElements = new Set(['meta', 'link', 'br', 'hr', 'col'])

/**
 * The text of a page or picture, HTML and, but for void elements, XML at once.
 *
 * There is no way past the escaping, so no name of a run, data set, attribute or group can become markup. Characters that XML
 * does not allow, control characters and halves of surrogate pairs, become U+FFFD.
 */
export function renderMarkup(markup: Markup): string {
  if (typeof markup === 'string') return escapeText(markup)
  if (isMany(markup)) return markup.map(renderMarkup).join('')
  const { name, attributes, children } = markup
  const written = Object.entries(attributes).map(([key, value]) => attributeText(key, value))
  const start = `<${name}${written.join('')}>`
  return voidElements.has(name) ? start : `${start}${children.map(renderMarkup).join('')}</${name}>`
}

function isMany(markup: Exclude<Markup, string>): markup is readonly Markup[] {
  return Array.isArray(markup)
}

function attributeText(name: string, value: MarkupAttributes[string]): string {
  if (value === undefined || value === false) return ''
  if (value === true) return ` ${name}=""`
  const text = typeof value === 'number' ? String(Number(value.toFixed(2))) : value
  return ` ${name}="${escapeText(text).replaceAll('"', '&quot;')}"`
}

function escapeText(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu, '\uFFFD')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
  )
}
