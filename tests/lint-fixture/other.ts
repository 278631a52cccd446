/** Something that is only a type. */
export interface Other {
  readonly name: string
  readonly since: Date
}
