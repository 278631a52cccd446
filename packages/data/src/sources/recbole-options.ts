import { z } from 'zod'

/** A list of names: as such, or as text with commas. */
export const listOption = z.union([
  z.array(z.string().min(1)),
  z.string().transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
])

const edges = z
  .array(z.number())
  .min(1)
  .refine(
    (values) => values.every((edge, i) => i === 0 || edge > values[i - 1]!),
    'edges must be ascending, each once',
  )

const numbersByName = z.record(z.string(), edges)

/** Ascending numbers by name: as an object, or as text such as `age:18,25,35;income:1000`. */
export const numbersByNameOption = z.union([
  numbersByName,
  z
    .string()
    .transform((text, context) => {
      const entries = text.split(';').map((part) => {
        const [name = '', numbers = ''] = part.split(':')
        return [
          name.trim(),
          numbers.split(',').map((number) => (number.trim() === '' ? NaN : Number(number))),
        ] as const
      })
      const wrong = entries.some(([name, numbers]) => name === '' || numbers.some(Number.isNaN))
      if (wrong) context.addIssue({ code: 'custom', message: 'not of the form age:18,25,35;income:1000' })
      return Object.fromEntries(entries)
    })
    .pipe(numbersByName),
])
