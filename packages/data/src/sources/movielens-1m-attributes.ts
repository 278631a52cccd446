/** Age bands by code, as the data's README names them. */
const ageBands: Readonly<Record<string, string>> = {
  '1': 'Under 18',
  '18': '18-24',
  '25': '25-34',
  '35': '35-44',
  '45': '45-49',
  '50': '50-55',
  '56': '56+',
}

/** Occupations by code, as the data's README names them; 0 is a class like any other, as in published work. */
const occupations = [
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

/** The attributes read of each user: name, codes in `users.dat`, and the class each code stands for. */
export const attributeFields = [
  { name: 'gender', codes: ['F', 'M'], classes: ['F', 'M'] },
  { name: 'age', codes: Object.keys(ageBands), classes: Object.values(ageBands) },
  { name: 'occupation', codes: occupations.map((_, code) => String(code)), classes: occupations },
] as const
