import { element } from './elements.js'

/** One of the two options of a pair, with what it means where that is not plain. */
export interface PairOption {
  readonly value: string
  readonly name: string
  readonly meaning?: string
}

/** Two options side by side, one of them chosen. */
export interface OptionPair {
  readonly root: HTMLElement
  /** Shows this option as chosen, without an event. */
  show(value: string): void
}

let pairs = 0

/**
 * Two radio buttons of equal size and weight; the whole of each is the target.
 *
 * @param labelledBy the element that names the pair; it gets an id where it has none. Omit it inside a `fieldset`.
 * @param choose called with the value when a person chooses the other option.
 */
export function optionPair(
  options: readonly [PairOption, PairOption],
  choose: (value: string) => void,
  labelledBy?: HTMLElement,
): OptionPair {
  const id = `pair-${++pairs}`
  const inputs = options.map(({ value, meaning }, i) =>
    element('input', {
      attributes: {
        type: 'radio',
        name: id,
        value,
        'aria-labelledby': `${id}-name-${i}`,
        ...(meaning === undefined ? {} : { 'aria-describedby': `${id}-meaning-${i}` }),
      },
      on: { change: () => choose(value) },
    }),
  )
  const labels = options.map(({ name, meaning }, i) =>
    element(
      'label',
      { attributes: { class: meaning === undefined ? 'option' : 'option large' } },
      ...inputs.slice(i, i + 1),
      element('span', { attributes: { class: 'name', id: `${id}-name-${i}` } }, name),
      ...(meaning === undefined
        ? []
        : [element('small', { attributes: { id: `${id}-meaning-${i}` } }, meaning)]),
    ),
  )
  const root = element('div', { attributes: { class: 'pair' } }, ...labels)
  if (labelledBy !== undefined) {
    labelledBy.id ||= `${id}-label`
    root.setAttribute('role', 'radiogroup')
    root.setAttribute('aria-labelledby', labelledBy.id)
  }
  return {
    root,
    show: (value) => {
      for (const input of inputs) input.checked = input.value === value
    },
  }
}
