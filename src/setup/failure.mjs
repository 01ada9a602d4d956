/**
 * Something set-up could not do and the user can mend: one sentence that says what happened and
 * what to do next. Anything thrown that is not a SetupFailure is a bug.
 */
export class SetupFailure extends Error {
  /**
   * @param {string} code what went wrong, one word: 'platform', 'compiler', 'pip', 'disk', ...
   * @param {string} message the sentence, with the value that was found and the next step
   * @param {string} [detail] output of the failed program, shown below the sentence
   */
  constructor(code, message, detail = '') {
    super(message)
    this.name = 'SetupFailure'
    this.code = code
    this.detail = detail
  }
}

/**
 * Runs the body of a command: a SetupFailure becomes its sentence and exit code 1 (or what
 * `exitCodes` holds for its code), a bug keeps its stack.
 * @param {() => Promise<void>} body
 * @param {Record<string, number>} [exitCodes]
 */
export async function runCommand(body, exitCodes = {}) {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error
    if (error.detail) process.stderr.write(`${error.detail.trimEnd()}\n`)
    process.stderr.write(`${error.message}\n`)
    process.exitCode = exitCodes[error.code] ?? 1
  }
}
