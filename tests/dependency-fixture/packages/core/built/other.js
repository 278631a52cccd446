import { offences } from './offences.js'

export const other = () => offences
