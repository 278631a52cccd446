/** The age bands of MovieLens 1M, whose README names them: the youngest age of each, which is also its code, and its name. */
const ageBands = [
  { code: '1', youngest: 0, name: 'Under 18' },
  { code: '18', youngest: 18, name: '18-24' },
  { code: '25', youngest: 25, name: '25-34' },
  { code: '35', youngest: 35, name: '35-44' },
  { code: '45', youngest: 45, name: '45-49' },
  { code: '50', youngest: 50, name: '50-55' },
  { code: '56', youngest: 56, name: '56+' },
] as const

/** Names of the age bands, in order of age; MovieLens 100K gets the bands of 1M, so that both can be compared. */
export const ageBandNames: readonly string[] = ageBands.map(({ name }) => name)

/** Band of an age in years, an index into {@link ageBandNames}. */
export function ageBandOf(age: number): number {
  return ageBands.findLastIndex(({ youngest }) => age >= youngest)
}

/** Occupations of MovieLens 1M by code, as its README names them; 0 is a class like any other, as in published work. */
const occupations1m = [
  'other or not specified',
  'academic/educator',
  'artist',
  'clerical/admin',
  'college/grad student',
  'customer service',
  'doctor/health care',
  'executive/managerial',
  'farmer',
  'homemaker',
  'K-12 student',
  'lawyer',
  'programmer',
  'retired',
  'sales/marketing',
  'scientist',
  'self-employed',
  'technician/engineer',
  'tradesman/craftsman',
  'unemployed',
  'writer',
]

/** The attributes of a user of MovieLens 1M: name, codes in `users.dat`, and the class each code stands for. */
export const attributes1m = [
  { name: 'gender', codes: ['F', 'M'], classes: ['F', 'M'] },
  { name: 'age', codes: ageBands.map(({ code }) => code), classes: ageBandNames },
  {
    name: 'occupation',
    codes: occupations1m.map((_, code) => String(code)),
    classes: occupations1m,
  },
] as const

/** Occupations of MovieLens 100K, as `u.occupation` lists them; `none` and `other` are classes like any other. */
export const occupations100k: readonly string[] = [
  'administrator',
  'artist',
  'doctor',
  'educator',
  'engineer',
  'entertainment',
  'executive',
  'healthcare',
  'homemaker',
  'lawyer',
  'librarian',
  'marketing',
  'none',
  'other',
  'programmer',
  'retired',
  'salesman',
  'scientist',
  'student',
  'technician',
  'writer',
]
