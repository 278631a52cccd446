/** What a new element may be given: attributes by name (`true` is a bare attribute), and what is called on its events. */
export interface ElementSettings {
  readonly attributes?: Readonly<Record<string, string | true>>
  readonly on?: Readonly<Record<string, (event: Event) => void>>
}

/**
 * A new element with its children; strings become text nodes.
 *
 * The only way in which the pages and the component make elements: nothing is ever parsed as HTML, so that a title or a
 * name from the service stays text whatever it contains. Do not pass names of attributes from outside.
 *
 * @example
 * element('p', { attributes: { class: 'note' } }, 'Nothing is hidden.')
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  settings: ElementSettings = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(settings.attributes ?? {})) {
    made.setAttribute(key, value === true ? '' : value)
  }
  for (const [type, listener] of Object.entries(settings.on ?? {})) made.addEventListener(type, listener)
  made.append(...children)
  return made
}
