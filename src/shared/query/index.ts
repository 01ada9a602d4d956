/** The query language of the runs table, in docs/queries.md for its users. */
export { completeQuery, type Completion } from './complete'
export { isDraft, soundPart } from './draft'
export type { QueryError } from './fault'
export { parseQuery, type ParsedQuery, type RunTest } from './parse'
