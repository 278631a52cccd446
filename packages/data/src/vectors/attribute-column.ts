import { VeilrecError, type UserAttribute } from '@veilrec/core'
import { attributeReader, maxClasses } from '../sources/table/attribute-reader.js'

const missing = ['NA', 'NaN', 'nan', 'NULL', 'null']

/**
 * Takes the values of one column, user by user, and makes an attribute of them: classes, or numbers in quartiles.
 *
 * Other than for a stored data set, numbers are put into quartiles even where nearly everybody has one of their own.
 */
export class AttributeColumn {
  readonly #name: string
  readonly #asClasses
  readonly #asNumbers
  #areNumbers = true

  constructor(name: string) {
    this.#name = name
    this.#asClasses = attributeReader(name, { column: name, type: 'guess', missing }, sayGroups)
    this.#asNumbers = attributeReader(name, { type: 'number', missing }, sayGroups)
  }

  push(text: string): void {
    this.#asClasses.push(text)
    this.#areNumbers &&= this.#asNumbers.fault(text) === undefined
    if (this.#areNumbers) this.#asNumbers.push(text)
  }

  /**
   * The attribute of all users so far, and what to know about it.
   *
   * @param path for the message
   * @throws VeilrecError `VECTORS_INVALID` where there are too many classes
   */
  finish(path: string): { readonly attribute: UserAttribute; readonly note?: string } {
    const classes = this.#asClasses.finish()
    if ('attribute' in classes) return classes
    const numbers = this.#areNumbers ? this.#asNumbers.finish() : classes
    if ('attribute' in numbers) {
      const note = `${this.#name}: numbers, put into four groups of about equal size; ${sayGroups} for others`
      return { ...numbers, note }
    }
    throw new VeilrecError(
      'VECTORS_INVALID',
      `${path}: ${this.#name} cannot be attacked: ${classes.unfit}`,
      { attribute: this.#name, maxClasses },
      'Give several values one class in the users file.',
    )
  }
}

const sayGroups = 'write the groups into the users file'
