export interface QueryError {
  /** What is wrong and what would be possible. */
  message: string
  /** Where, in characters of the text: the first one and the one after the last. */
  at: readonly [number, number]
}

/** Thrown while the tree of a query is read, and caught by parseQuery alone. */
export class QueryFault extends Error {
  constructor(
    message: string,
    readonly at: QueryError['at']
  ) {
    super(message)
  }
}
