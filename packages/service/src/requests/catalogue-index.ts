import type { Bundle } from '@veilrec/runtime'

/** Items and their properties by what people call them. */
export interface CatalogueIndex {
  /** Item index by id. */
  readonly items: ReadonlyMap<string, number>
  /** By name: the number of the property, and the codes of its values. */
  readonly properties: ReadonlyMap<
    string,
    { readonly property: number; readonly codes: ReadonlyMap<string, number> }
  >
}

/** The index of a bundle. */
export function catalogueIndex({ catalogue: { ids, properties } }: Bundle): CatalogueIndex {
  const items = new Map(ids.map((id, item) => [id, item]))
  items.delete(ids[0]!)
  return {
    items,
    properties: new Map(
      properties.map(({ name, values }, property) => {
        return [name, { property, codes: new Map(values.map((value, code) => [value, code])) }]
      }),
    ),
  }
}
