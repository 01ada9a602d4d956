/**
 * Modular arithmetic and S5: Power et al. 2022 (arXiv 2201.02177; code openai/grok) and Nanda et al. 2023
 * (arXiv 2301.05217). All equations x o y = z of an operation; a share of them, drawn uniformly, is trained on.
 *
 *     nanda   x y =           [z]            answer at position 2
 *     power   <eos> x o y =   [z <eos>]      answer at position 4, <eos> at 5
 *
 * Ids run elements, =, and where there are such the operation and <eos>. The order of draws:
 * - `split`: the training equations, `sample(equations, train)`, of all equations ordered by x, then y.
 * - `probes/train`, `probes/test`: a `sample` of each side; all of it where it holds fewer than `probes`.
 */
import type { ModularConfig } from '@shared/config'
import { modularCounts, operationOf, permutations } from '@shared/modular-operations'
import { createRng } from '@shared/rng'
import { contentHash, emptyExamples } from './dataset'
import type { Dataset, DatasetShape, Examples, Vocabulary } from './dataset'

/** Token ids by meaning, and the sizes of a row. */
export interface ModularRows {
  /** T */
  contextLength: number
  /** K */
  answers: number
  /** Position of x in a row. */
  x: number
  /** Position of y. */
  y: number
  /** Elements are their own ids. */
  elements: number
  equals: number
  operation: number
  eos: number
}

export function modularRows(config: ModularConfig): ModularRows {
  const { elements } = modularCounts(config)
  const ids = { elements, equals: elements, operation: elements + 1, eos: elements + 2 }
  return config.format === 'nanda'
    ? { contextLength: 3, answers: 1, x: 0, y: 1, ...ids }
    : { contextLength: 6, answers: 2, x: 1, y: 3, ...ids }
}

function modularVocabulary({ operation, modulus, format }: ModularConfig): Vocabulary {
  const elements = operationOf(operation).s5
    ? permutations.map((images) => images.join(''))
    : Array.from({ length: modulus }, (_, n) => String(n))
  const tokens = [...elements, '=', ...(format === 'power' ? [operation, '<eos>'] : [])]
  return { tokens, size: tokens.length }
}

/** Equations as columns, ordered by x, then y. */
interface Equations {
  x: Int32Array
  y: Int32Array
}

function listEquations(config: ModularConfig): Equations {
  const { elements, equations } = modularCounts(config)
  const first = operationOf(config.operation).nonzeroY ? 1 : 0
  const [x, y] = [new Int32Array(equations), new Int32Array(equations)]
  let at = 0
  for (let a = 0; a < elements; a++) {
    for (let b = first; b < elements; b++, at++) {
      x[at] = a
      y[at] = b
    }
  }
  return { x, y }
}

/** Draws the data set of a seed. */
export function buildModular(config: ModularConfig, seed: number): Dataset {
  const rows = modularRows(config)
  const counts = modularCounts(config)
  const equations = listEquations(config)

  const chosen = createRng(seed, 'split').sample(counts.equations, counts.train)
  const inTraining = new Uint8Array(counts.equations)
  for (const i of chosen) inTraining[i] = 1
  const others = Int32Array.from({ length: counts.equations }, (_, i) => i).filter(
    (i) => !inTraining[i]
  )

  const write = (numbers: Int32Array): Examples => writeEquations(config, rows, equations, numbers)
  const probe = (name: string, numbers: Int32Array): Examples => {
    const count = Math.min(config.probes, numbers.length)
    const drawn = createRng(seed, `probes/${name}`).sample(numbers.length, count)
    return write(drawn.map((i) => numbers[i]!))
  }
  const content = {
    kind: 'modular',
    vocabulary: modularVocabulary(config),
    contextLength: rows.contextLength,
    answers: rows.answers,
    train: write(chosen),
    trainParts: [{ name: 'train', count: counts.train }],
    splits: { train: probe('train', chosen), test: probe('test', others) },
    pools: { train: counts.train, test: counts.test },
    // Elements answer; the other tokens follow them.
    answerGroups: Int32Array.from({ length: modularVocabulary(config).size }, (_, id) =>
      id < rows.elements ? 0 : -1
    ),
    seed
  }
  return { ...content, hash: contentHash(content) }
}

/** Sizes from the settings alone. */
export function shapeOfModular(config: ModularConfig): DatasetShape {
  const { contextLength, answers } = modularRows(config)
  return {
    vocabularySize: modularVocabulary(config).size,
    contextLength,
    answers,
    trainExamples: modularCounts(config).train
  }
}

/** The equations of these numbers as rows. */
function writeEquations(
  { operation, modulus, format }: ModularConfig,
  rows: ModularRows,
  { x, y }: Equations,
  numbers: Int32Array
): Examples {
  const { contextLength: T, answers: K, equals, eos } = rows
  const { answer } = operationOf(operation)
  const into = emptyExamples(numbers.length, T, K)
  numbers.forEach((number, i) => {
    const [a, b] = [x[number]!, y[number]!]
    const z = answer(a, b, modulus)
    if (format === 'nanda') {
      into.tokens.set([a, b, equals], i * T)
      into.positions[i] = 2
      into.labels[i] = z
    } else {
      into.tokens.set([eos, a, rows.operation, b, equals, z], i * T)
      into.positions.set([4, 5], i * K)
      into.labels.set([z, eos], i * K)
    }
  })
  return into
}
