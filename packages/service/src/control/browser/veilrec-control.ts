import { controlStyles } from './control-styles.js'
import { textsFor, type ControlTexts } from './control-texts.js'
import { controlView, type ControlView } from './control-view.js'
import type { Capabilities } from './service-answers.js'
import { readCapabilities, ServiceFailure, serviceUrl, type Preference } from './service-client.js'

export type { ControlTexts, Preference }

/** What a page can set as a property before this module has loaded. */
const settable = ['endpoint', 'hide', 'mode', 'labels'] as const

/**
 * `<veilrec-control>`: lets a person choose whether recommendations may profile them and what must be hidden, says what is
 * chosen now and what that promises by the audit, and links the main parameters.
 *
 * It keeps nothing: what the page sets is what it shows, and a choice is a `change` event with the whole preference, which
 * the page stores. Without a `mode` nothing is profiled, and a `mode` it does not know counts as none. An answer of the
 * service that is missing or malformed is said in words and changes no choice. Texts from the service are shown as text.
 *
 * Attributes: `endpoint` (base address of the service, default the page's own origin), `hide` (names, separated by commas),
 * `mode` (`profiled` or `non_profiled`), `lang`. Properties: the same, `hide` as an array, and `labels`. Style: the custom
 * properties `--veilrec-ink`, `-quiet`, `-surface`, `-raised`, `-line`, `-hairline`, `-chosen`, `-chosen-surface`, `-font`.
 *
 * @fires change a bubbling CustomEvent whose `detail` is `{ hide, mode }`, names sorted.
 *
 * @example
 * const control = document.querySelector('veilrec-control')
 * control.addEventListener('change', ({ detail }) => store(detail))
 */
export class VeilrecControl extends HTMLElement {
  static readonly observedAttributes = ['endpoint', 'hide', 'lang', 'mode']

  #hide: readonly string[] = []
  #mode: Preference['mode'] = 'non_profiled'
  #labels: Partial<ControlTexts> = {}
  #capabilities: Capabilities | undefined
  #failure: ServiceFailure | undefined
  #asking: AbortController | undefined
  #view: ControlView | undefined

  /** Base address of the service; '' is the page's own origin. */
  get endpoint(): string {
    return this.getAttribute('endpoint') ?? ''
  }

  set endpoint(address: string) {
    this.setAttribute('endpoint', address)
  }

  /** Names of the attributes that are to be hidden, each once, sorted. */
  get hide(): readonly string[] {
    return this.#hide
  }

  set hide(names: readonly string[]) {
    this.#hide = [...new Set(names)].sort()
    this.#show()
  }

  /** Whether the person may be profiled. */
  get mode(): Preference['mode'] {
    return this.#mode
  }

  set mode(mode: Preference['mode']) {
    this.#mode = mode === 'profiled' ? 'profiled' : 'non_profiled'
    this.#show()
  }

  /** Texts in place of the built-in ones, such as names of attributes as people say them. */
  get labels(): Partial<ControlTexts> {
    return this.#labels
  }

  set labels(labels: Partial<ControlTexts>) {
    this.#labels = labels
    if (this.isConnected) this.#build()
  }

  /** Called by the browser. */
  connectedCallback(): void {
    for (const name of settable) this.#takeEarly(name)
    this.#build()
    this.#ask()
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    this.#asking?.abort()
    this.#asking = undefined
  }

  /** Called by the browser. */
  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    if (name === 'hide') this.hide = (value ?? '').split(',').flatMap((one) => one.trim() || [])
    else if (name === 'mode') this.mode = value === 'profiled' ? 'profiled' : 'non_profiled'
    else if (!this.isConnected) return
    else if (name === 'lang') this.#build()
    else {
      // What another service promised says nothing about this one.
      this.#capabilities = undefined
      this.#failure = undefined
      this.#build()
      this.#ask()
    }
  }

  /** A property that the page set on the plain element hides the accessor of the same name; set it again through that. */
  #takeEarly(name: (typeof settable)[number]): void {
    if (!Object.hasOwn(this, name)) return
    const value: unknown = this[name]
    Reflect.deleteProperty(this, name)
    Reflect.set(this, name, value)
  }

  #build(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    if (root.adoptedStyleSheets.length === 0) root.adoptedStyleSheets = [sheet()]
    const language = this.closest<HTMLElement>('[lang]')?.lang ?? ''
    this.#view = controlView(textsFor(language, this.#labels), {
      choose: (preference) => this.#choose(preference),
      retry: () => this.#ask(),
    })
    root.replaceChildren(this.#view.root)
    this.#show()
  }

  #choose({ hide, mode }: Preference): void {
    this.#hide = hide
    this.#mode = mode
    this.#show()
    const detail: Preference = { hide: [...hide], mode }
    this.dispatchEvent(new CustomEvent('change', { detail, bubbles: true, composed: true }))
  }

  #ask(): void {
    this.#asking?.abort()
    const asking = new AbortController()
    this.#asking = asking
    this.#show()
    const settle = (capabilities: Capabilities | undefined, failure: ServiceFailure | undefined): void => {
      if (asking.signal.aborted) return
      this.#asking = undefined
      this.#capabilities = capabilities
      this.#failure = failure
      this.#show()
    }
    readCapabilities(this.endpoint, asking.signal).then(
      (capabilities) => settle(capabilities, undefined),
      (error: unknown) =>
        settle(
          undefined,
          error instanceof ServiceFailure ? error : new ServiceFailure('unexpected', String(error)),
        ),
    )
  }

  #show(): void {
    this.#view?.show({
      preference: { hide: this.#hide, mode: this.#mode },
      capabilities: this.#capabilities,
      failure: this.#failure,
      isAsking: this.#asking !== undefined,
      parameters: parametersOf(this.endpoint),
    })
  }
}

let shared: CSSStyleSheet | undefined

/** One sheet for all controls of a page. A constructed sheet needs no `unsafe-inline` in the page's security policy. */
function sheet(): CSSStyleSheet {
  if (shared === undefined) {
    shared = new CSSStyleSheet()
    shared.replaceSync(controlStyles)
  }
  return shared
}

function parametersOf(endpoint: string): string | undefined {
  try {
    return serviceUrl(endpoint, 'v1/parameters?format=text').href
  } catch {
    return undefined
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'veilrec-control': VeilrecControl
  }
}

if (customElements.get('veilrec-control') === undefined) {
  customElements.define('veilrec-control', VeilrecControl)
}
