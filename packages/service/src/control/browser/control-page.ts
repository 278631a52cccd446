// The page at /control: shows what a site that embeds the control has to do, which is to keep the choice and to send it.
import './veilrec-control.js'
import type { Preference } from './veilrec-control.js'

/** Where this page keeps the choice: in this tab only, because that somebody hid something is itself personal. */
const key = 'veilrec-preference'

const control = document.querySelector('veilrec-control')
const request = document.querySelector('#request')

if (control !== null && request !== null) {
  const show = (): void => {
    request.textContent = JSON.stringify({ requirements: { hide: control.hide, mode: control.mode } })
  }
  const { hide, mode } = stored()
  control.hide = hide
  control.mode = mode
  control.addEventListener('change', () => {
    store({ hide: control.hide, mode: control.mode })
    show()
  })
  show()
}

function store(preference: Preference): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(preference))
  } catch {
    // A browser that refuses to store forgets the choice with the page; nothing else depends on it.
  }
}

/** What was chosen in this tab; anything unreadable counts as "not profiled". */
function stored(): Preference {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '')
    const { hide, mode } = value as Partial<Record<string, unknown>>
    const names = Array.isArray(hide) ? hide.filter((name) => typeof name === 'string') : []
    return { hide: names, mode: mode === 'profiled' ? 'profiled' : 'non_profiled' }
  } catch {
    return { hide: [], mode: 'non_profiled' }
  }
}
