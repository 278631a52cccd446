/**
 * Who has to act on an error: `user` errors are bad input and end the process with exit code 2,
 * `bug` errors are ours (70), `interrupted` is a stop that was asked for (130).
 */
export type ErrorKind = 'user' | 'bug' | 'interrupted'

/** One entry of the registry: what the code means, in one sentence for the reference page. */
export interface ErrorCodeEntry {
  readonly kind: ErrorKind
  readonly meaning: string
}

/** Every error code of Veilrec. Codes are stable: a published code is never renamed or reused. */
export const errorCodes = {
  ABORTED: { kind: 'interrupted', meaning: 'The work was stopped on request; the last checkpoint is kept.' },
  INTERNAL: { kind: 'bug', meaning: 'A state that the code itself rules out was reached.' },
  INVALID_ARGUMENT: { kind: 'user', meaning: 'An argument is outside its documented range or set.' },
  GRAPH_SHAPE_MISMATCH: {
    kind: 'bug',
    meaning: 'Tensors of shapes that do not fit were combined in a graph.',
  },
  GRAPH_INVALID: { kind: 'bug', meaning: 'A graph names a tensor that does not exist, or names one twice.' },
  GRAPH_NOT_DIFFERENTIABLE: {
    kind: 'bug',
    meaning: 'A gradient was asked for through an operation that has none.',
  },
  RUNTIME_FAILED: { kind: 'bug', meaning: 'The inference runtime refused or failed to run a graph.' },
  RUNTIME_PROVIDER_MISSING: { kind: 'user', meaning: 'The execution provider asked for is not installed.' },
  NOT_FINITE: { kind: 'user', meaning: 'A loss, gradient, parameter, vector or score is NaN or infinite.' },
  DATA_MALFORMED_ROW: {
    kind: 'user',
    meaning: 'A row of a data file does not have the form its format prescribes.',
  },
  DATA_FILES_MISSING: {
    kind: 'user',
    meaning: 'The folder given does not hold the files the data source expects.',
  },
  DATA_UNREADABLE: { kind: 'user', meaning: 'A data file cannot be read at all.' },
  DATA_EMPTY: {
    kind: 'user',
    meaning: 'A data file holds no row, or no interaction is left after filtering.',
  },
  DATA_TIME_UNIT: {
    kind: 'user',
    meaning: 'The times of a data file are not in the unit that was declared.',
  },
  DATASET_EXISTS: { kind: 'user', meaning: 'A data set of this name is already there.' },
  DATASET_NOT_FOUND: { kind: 'user', meaning: 'There is no data set of this name.' },
  DATASET_IN_USE: { kind: 'user', meaning: 'A data set is not removed, because runs were trained on it.' },
  DATASET_CORRUPT: { kind: 'user', meaning: 'The files of a data set do not agree with its hash or schema.' },
  DATASET_OUTDATED: {
    kind: 'user',
    meaning: 'A data set was made by a version that did not store what is needed now.',
  },
  DATASET_WRITE_FAILED: { kind: 'user', meaning: 'A data set could not be stored; nothing of it was kept.' },
  FORMAT_TOO_NEW: { kind: 'user', meaning: 'A file was made by a newer version of Veilrec.' },
  FILE_MALFORMED: {
    kind: 'user',
    meaning: 'A file breaks the rules of its format; the message names the byte.',
  },
  FILE_UNSUPPORTED: { kind: 'user', meaning: 'A file is sound but holds something Veilrec does not read.' },
  FILE_UNREADABLE: { kind: 'user', meaning: 'A file does not exist or cannot be opened for reading.' },
  FILE_UNWRITABLE: { kind: 'user', meaning: 'A file cannot be written; the old content, if any, is kept.' },
  CONFIG_INVALID: { kind: 'user', meaning: 'A configuration holds an unknown key or a value out of range.' },
  VEIL_NOT_FOUND: { kind: 'user', meaning: 'The run has no veil for exactly the attributes asked for.' },
  VEIL_STALE: { kind: 'user', meaning: 'A veil was made for other parameters or data than its run now has.' },
  VEIL_CORRUPT: {
    kind: 'user',
    meaning: 'The files of a veil do not agree with each other or with their schema.',
  },
  VEIL_SAW_ALL_LABELS: {
    kind: 'user',
    meaning:
      "A veil was trained with everybody's labels, as papers do, and is asked for outside a reproduction.",
  },
  USER_NOT_FOUND: { kind: 'user', meaning: 'The data set or bundle has no user of this id.' },
  ITEM_NOT_FOUND: { kind: 'user', meaning: 'The data set or bundle has no item of this id.' },
  PLATFORM_UNSUPPORTED: { kind: 'user', meaning: 'Veilrec has no native parts for this machine.' },
  RUN_NOT_FOUND: { kind: 'user', meaning: 'There is no run of this name or path.' },
  RUN_EXISTS: { kind: 'user', meaning: 'A run of this name is already there.' },
  RUN_UNFINISHED: { kind: 'user', meaning: 'The run has not been trained to the end.' },
  RUN_CORRUPT: {
    kind: 'user',
    meaning: 'The files of a run do not agree with each other or with the data set.',
  },
  RUN_FILE_INVALID: {
    kind: 'user',
    meaning: 'A file with the lists of a recommender does not have the columns, rows or ids that it needs.',
  },
  VECTORS_INVALID: {
    kind: 'user',
    meaning:
      'Files with user vectors, with users or with attributes do not fit each other or what they are for.',
  },
  AUDIT_UNREADABLE: {
    kind: 'user',
    meaning: 'A file is no audit of a run, or one of a version that is no longer read.',
  },
  FONT_MISSING: { kind: 'user', meaning: 'The machine has no font to draw the text of a picture with.' },
  CHECKPOINT_REFUSED: { kind: 'user', meaning: 'A checkpoint is damaged or belongs to something else.' },
  BUNDLE_NOT_FOUND: { kind: 'user', meaning: 'A folder is no serving bundle.' },
  BUNDLE_EXISTS: {
    kind: 'user',
    meaning: 'A folder holds something that is no bundle; nothing is written there.',
  },
  BUNDLE_CORRUPT: {
    kind: 'user',
    meaning: 'The files of a bundle do not have the hashes, names or shapes that its manifest says.',
  },
  BUNDLE_UNSUPPORTED: { kind: 'user', meaning: 'The recommender of a run cannot be served from histories.' },
  REQUEST_INVALID: {
    kind: 'user',
    meaning: 'A request holds an unknown field, a value out of range, or a value where a name belongs (400).',
  },
  REQUEST_TOO_LARGE: { kind: 'user', meaning: 'A request is larger than the service takes (413).' },
  ROUTE_NOT_FOUND: { kind: 'user', meaning: 'The service has no such path (404).' },
  ATTRIBUTE_UNKNOWN: {
    kind: 'user',
    meaning:
      'A request names an attribute that the veil cannot hide; the answer lists those it can (in the service 422).',
  },
  REQUIREMENT_UNAUDITED: {
    kind: 'user',
    meaning: 'A request names attributes whose hiding was not audited, and the policy is to refuse (422).',
  },
  FILTER_UNKNOWN: {
    kind: 'user',
    meaning: 'A request filters by a property or a value that no item has (422).',
  },
  SERVICE_OVERLOADED: {
    kind: 'user',
    meaning: 'The queue of the service is full; ask again after the time in Retry-After (503).',
  },
  SELF_CHECK_FAILED: { kind: 'user', meaning: 'A service or a bundle does not keep a promise of Veilrec.' },
} as const satisfies Record<string, ErrorCodeEntry>

/** A stable error code, a key of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes
