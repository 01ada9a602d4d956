/** What every kind of task turns into: a vocabulary, rows of tokens with their targets, and a content hash. */
import { createHash } from 'node:crypto'
import type { DatasetShape } from '@shared/model-cost'

export type { DatasetShape }

/** n rows of T tokens with K targets each, row-major. */
export interface Examples {
  count: number
  /** [n, T] token ids, right-padded. */
  tokens: Int32Array
  /** [n, K] positions in the row whose logits predict the targets, rising within a row. */
  positions: Int32Array
  /** [n, K] the target token ids; the first of each row is the answer that accuracy looks at. */
  labels: Int32Array
}

export interface Vocabulary {
  /** The token of each id. */
  tokens: readonly string[]
  size: number
}

export interface Dataset {
  kind: string
  /** sha256 of the content, hex: equal seeds and settings give equal hashes on every machine. */
  hash: string
  vocabulary: Vocabulary
  /** T: input tokens per row. */
  contextLength: number
  /** K: targets per row. */
  answers: number
  train: Examples
  /** What the training rows are, in row order; the counts add up to `train.count`. */
  trainParts: readonly { name: string; count: number }[]
  /** Probes by split name, in the order in which they are shown. */
  splits: Record<string, Examples>
  /** How many facts each split's probes were drawn from. */
  pools: Record<string, number>
  /**
   * [V]: which tokens are alternatives of one another as answers, as a number per class of answers (the labels of
   * one attribute, the values, the residues), -1 for tokens that answer nothing. No part of the content hash.
   */
  answerGroups?: Int32Array
  /** sha256 of the file that the facts come from, hex, where they come from one. */
  source?: string
  seed: number
}

export function emptyExamples(count: number, contextLength: number, answers: number): Examples {
  return {
    count,
    tokens: new Int32Array(count * contextLength),
    positions: new Int32Array(count * answers),
    labels: new Int32Array(count * answers)
  }
}

/** The rows at these indices. */
export function takeRows(
  { contextLength: T, answers: K }: Pick<DatasetShape, 'contextLength' | 'answers'>,
  examples: Examples,
  indices: Int32Array
): Examples {
  const taken = emptyExamples(indices.length, T, K)
  indices.forEach((row, i) => {
    taken.tokens.set(examples.tokens.subarray(row * T, (row + 1) * T), i * T)
    taken.positions.set(examples.positions.subarray(row * K, (row + 1) * K), i * K)
    taken.labels.set(examples.labels.subarray(row * K, (row + 1) * K), i * K)
  })
  return taken
}

/** The rows of both, of equal widths. */
export function concatRows(first: Examples, second: Examples): Examples {
  const join = (a: Int32Array, b: Int32Array): Int32Array => {
    const joined = new Int32Array(a.length + b.length)
    joined.set(a)
    joined.set(b, a.length)
    return joined
  }
  return {
    count: first.count + second.count,
    tokens: join(first.tokens, second.tokens),
    positions: join(first.positions, second.positions),
    labels: join(first.labels, second.labels)
  }
}

/** Row `i` as tokens: the whole input, padding included, and what each target position should give. */
export function decodeRow(
  {
    vocabulary,
    contextLength: T,
    answers: K
  }: Pick<Dataset, 'vocabulary' | 'contextLength' | 'answers'>,
  examples: Examples,
  i: number
): { tokens: string[]; positions: number[]; targets: string[] } {
  const read = (ids: Int32Array): string[] => Array.from(ids, (id) => vocabulary.tokens[id]!)
  return {
    tokens: read(examples.tokens.subarray(i * T, (i + 1) * T)),
    positions: [...examples.positions.subarray(i * K, (i + 1) * K)],
    targets: read(examples.labels.subarray(i * K, (i + 1) * K))
  }
}

/**
 * sha256, as hex, over what a run can see of a data set. The bytes: the line `grokscope dataset 1`, the lines
 * `kind K`, where facts come from a file `source SHA256`, then `shape T K`, `vocabulary N` and one line per token, each ended by \n and in UTF-8; then for the
 * training rows, named `train`, and for each split in order the line `examples NAME N` and its tokens, positions
 * and labels as 32-bit little-endian integers.
 */
export function contentHash(dataset: Omit<Dataset, 'hash'>): string {
  const { kind, contextLength, answers, vocabulary } = dataset
  const hash = createHash('sha256')
  hash.update(`grokscope dataset 1\nkind ${kind}\n`)
  if (dataset.source !== undefined) hash.update(`source ${dataset.source}\n`)
  hash.update(`shape ${contextLength} ${answers}\n`)
  hash.update(`vocabulary ${vocabulary.size}\n${vocabulary.tokens.map((t) => t + '\n').join('')}`)
  for (const [name, examples] of [
    ['train', dataset.train] as const,
    ...Object.entries(dataset.splits)
  ]) {
    hash.update(`examples ${name} ${examples.count}\n`)
    for (const ids of [examples.tokens, examples.positions, examples.labels]) {
      hash.update(littleEndian(ids))
    }
  }
  return hash.digest('hex')
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** The integers' bytes, least significant first: a view where the machine stores them so, else a copy. */
function littleEndian(ids: Int32Array): Uint8Array {
  if (isLittleEndian) return new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)
  const view = new DataView(new ArrayBuffer(ids.byteLength))
  ids.forEach((id, i) => view.setInt32(4 * i, id, true))
  return new Uint8Array(view.buffer)
}
