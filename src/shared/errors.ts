/**
 * The one error class for what a user can put right: what happened, with the value, and the next step.
 * Everything else that is thrown is a bug and is logged with its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  constructor(
    /** Stable, machine-readable kind, e.g. `config.invalid`. */
    readonly code: string,
    /** One sentence: what happened, with the offending value. */
    message: string,
    /** One sentence: what to do next. */
    readonly hint: string = '',
    /** Details that a client shows beside fields, one entry per refused value. */
    readonly issues: readonly FieldIssue[] = []
  ) {
    super(message)
  }
}

/** One refused value, addressed by its path in the config. */
export interface FieldIssue {
  /** Dotted path, e.g. `model.nLayer`; empty for the whole. */
  path: string
  message: string
  /** The nearest value that would be accepted, where it can be computed. */
  nearest?: unknown
}

/** What crosses a process boundary when a request fails. */
export interface ErrorMessage {
  code: string
  message: string
  hint: string
  issues: readonly FieldIssue[]
}

/** Turns anything thrown into what a client may see: bugs keep their stack at home. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof UserError) {
    return { code: error.code, message: error.message, hint: error.hint, issues: error.issues }
  }
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    hint: 'This is a fault in Grokscope. The log holds the details.',
    issues: []
  }
}

/** The reverse of {@link toErrorMessage}, on the receiving side. */
export function fromErrorMessage(message: ErrorMessage): UserError {
  return new UserError(message.code, message.message, message.hint, message.issues)
}
