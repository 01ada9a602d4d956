/** Rows as plain objects, and the content hash over them, put together one integer at a time. */
import { createHash } from 'node:crypto'

export interface Row {
  tokens: string[]
  positions: number[]
  targets: string[]
}

export const range = (n: number): number[] => [...Array(n).keys()]

/** A prompt with its answer: predicted at the last token, and where `end` is given, that one after the answer. */
export function answered(prompt: string[], answer: string, end?: string): Row {
  const at = prompt.length - 1
  return end === undefined
    ? { tokens: prompt, positions: [at], targets: [answer] }
    : { tokens: [...prompt, answer], positions: [at, at + 1], targets: [answer, end] }
}

export function padded(row: Row, T: number): Row {
  const pads = range(Math.max(0, T - row.tokens.length)).map(() => '<pad>')
  return { ...row, tokens: [...row.tokens, ...pads] }
}

/** The bytes that `contentHash` documents. */
export function hashRows(
  kind: string,
  vocabulary: string[],
  train: Row[],
  splits: Record<string, Row[]>,
  source?: string
): string {
  const ids = new Map(vocabulary.map((token, i) => [token, i]))
  const [first] = train
  const parts: Buffer[] = []
  const line = (text: string): void => void parts.push(Buffer.from(text + '\n', 'utf8'))
  const integer = (n: number): void => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32LE(n)
    parts.push(bytes)
  }
  line('grokscope dataset 1')
  line(`kind ${kind}`)
  if (source !== undefined) line(`source ${source}`)
  line(`shape ${first!.tokens.length} ${first!.targets.length}`)
  line(`vocabulary ${vocabulary.length}`)
  vocabulary.forEach(line)
  for (const [name, examples] of [['train', train] as const, ...Object.entries(splits)]) {
    line(`examples ${name} ${examples.length}`)
    for (const row of examples) row.tokens.forEach((token) => integer(ids.get(token)!))
    for (const row of examples) row.positions.forEach(integer)
    for (const row of examples) row.targets.forEach((token) => integer(ids.get(token)!))
  }
  return createHash('sha256').update(Buffer.concat(parts)).digest('hex')
}
