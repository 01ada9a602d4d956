/** The query language of the runs table and of Compare, in docs/queries.md for its users. */
export { completeQuery, type Completion } from './complete'
export { asksDuration, findRuns } from './find'
export type { QueryError } from './fault'
export { parseQuery, type RunTest } from './parse'
