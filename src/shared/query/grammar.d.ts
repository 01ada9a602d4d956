/** What grammar.peggy makes of a text. */
export interface Word {
  text: string
  /** First character and the one after the last. */
  at: readonly [number, number]
}

export type Node =
  | { kind: 'all' | 'any'; of: readonly Node[] }
  | { kind: 'not'; of: Node }
  | { kind: 'text'; text: string }
  | {
      kind: 'compare'
      name: Word
      op: '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | 'in' | 'has'
      values: readonly Word[]
    }

/** @throws {SyntaxError} */
export function parse(text: string): Node

export class SyntaxError extends Error {
  expected: readonly { type: string; description?: string; text?: string }[] | null
  found: string | null
  location: { start: { offset: number }; end: { offset: number } }
}
