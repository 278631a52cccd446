/**
 * Methods of veils with what each does, for the help, which answers before the library is loaded. A test compares it with the
 * kinds there are.
 */
export const veilMethodSummaries: Readonly<Record<string, string>> = {
  'linear-erasure': 'the least change of the vectors after which no linear attacker tells; made in seconds',
  afrl: 'one model for all requirements that fuses an attribute-free embedding with those of kept attributes',
  pfrec: 'prompts and adapters in a frozen transformer, one set for each combination of attributes',
  filters:
    'a filter network for every requirement, or one for every attribute, trained against discriminators',
  ffvae:
    'a variational autoencoder with a part for each attribute, which is left out where the attribute is hidden',
}
