/** What a built data set of equations holds, read back from its rows. */
import type { ModularConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { modularCounts, operationOf, permutations, tallyAnswers } from '@shared/modular-operations'
import type { Dataset, Examples } from './dataset'
import { modularRows, type ModularRows } from './modular'
import { countDuplicates, countOutside, listSplits, summarizeSizes } from './summary-rows'

interface Equation {
  x: number
  y: number
  z: number
}

export function summarizeModular(dataset: Dataset, config: ModularConfig): DatasetSummary {
  const rows = modularRows(config)
  const counts = modularCounts(config)
  const answers = tallyAnswers(config)
  const { commutes } = operationOf(config.operation)
  const mirrored = commutes ? countMirrors(dataset, rows) : 0
  return {
    ...summarizeSizes(dataset),
    counts: [
      { name: 'train', label: 'Equations in training', count: dataset.train.count },
      { name: 'test', label: 'Equations held out', count: dataset.pools['test']! },
      { name: 'equations', label: 'Equations in all', count: counts.equations },
      { name: 'elements', label: 'Elements', count: counts.elements },
      { name: 'answers', label: 'Different answers', count: answers.different },
      {
        name: 'commonest',
        label: 'Equations with the most frequent answer',
        count: answers.commonest
      }
    ],
    splits: listSplits(dataset, 'modular'),
    chance: [
      { label: 'the most frequent answer', accuracy: answers.commonest / counts.equations },
      { label: 'knowing x alone', accuracy: answers.knowingX / counts.equations },
      { label: 'knowing y alone', accuracy: answers.knowingY / counts.equations }
    ],
    leaks: findLeaks(dataset, config, rows),
    notes:
      mirrored > 0
        ? [
            `${mirrored.toLocaleString('en')} of ${dataset.splits['test']!.count.toLocaleString('en')} test equations x o y are trained on as y o x with the same answer. As in the papers, equations are drawn one by one: a model that learns to swap x and y gets these.`
          ]
        : []
  }
}

function* readEquations(
  rows: ModularRows,
  { count, tokens, labels }: Examples
): Generator<Equation> {
  const { contextLength: T, answers: K } = rows
  for (let i = 0; i < count; i++) {
    yield { x: tokens[i * T + rows.x]!, y: tokens[i * T + rows.y]!, z: labels[i * K]! }
  }
}

/** Test equations whose mirror is in training with the same answer. */
function countMirrors(dataset: Dataset, rows: ModularRows): number {
  const E = rows.elements
  const trained = new Map<number, number>()
  for (const { x, y, z } of readEquations(rows, dataset.train)) trained.set(x * E + y, z)
  let mirrors = 0
  for (const { x, y, z } of readEquations(rows, dataset.splits['test']!)) {
    if (trained.get(y * E + x) === z) mirrors++
  }
  return mirrors
}

function findLeaks(
  dataset: Dataset,
  config: ModularConfig,
  rows: ModularRows
): DatasetSummary['leaks'] {
  const E = rows.elements
  const holds = equationChecks[config.operation]
  const isRight = (equation: Equation): boolean => equation.z < E && holds(equation, config.modulus)
  const key = ({ x, y }: Equation): number => x * E + y
  const trained = new Set<number>()
  const keys = new Float64Array(dataset.train.count)
  let at = 0
  let wrong = 0
  for (const equation of readEquations(rows, dataset.train)) {
    trained.add(key(equation))
    keys[at++] = key(equation)
    if (!isRight(equation)) wrong++
  }
  let seen = 0
  for (const equation of readEquations(rows, dataset.splits['test']!)) {
    if (trained.has(key(equation))) seen++
    if (!isRight(equation)) wrong++
  }
  let foreign = 0
  for (const equation of readEquations(rows, dataset.splits['train']!)) {
    if (!trained.has(key(equation))) foreign++
    if (!isRight(equation)) wrong++
  }
  return [
    { check: 'Test equations seen in training', violations: seen },
    { check: 'Training probes that are not in training', violations: foreign },
    { check: 'Training equations that occur twice', violations: countDuplicates(keys) },
    { check: 'Answers that contradict the operation', violations: wrong },
    { check: 'Tokens or targets outside the vocabulary', violations: countOutside(dataset) }
  ]
}

type Check = (equation: Equation, p: number) => boolean

const congruent = (a: number, b: number, p: number): boolean => (a - b) % p === 0
const images = (n: number): readonly number[] => permutations[n]!
const everywhere = (holds: (i: number) => boolean): boolean => [0, 1, 2, 3, 4].every(holds)

/** Whether z is the answer, checked as far as possible by another way than the one that made it. */
const equationChecks: Record<ModularConfig['operation'], Check> = {
  'x+y': ({ x, y, z }, p) => congruent(z - y, x, p),
  'x-y': ({ x, y, z }, p) => congruent(z + y, x, p),
  xy: ({ x, y, z }, p) => congruent(x * y, z, p),
  'x/y': ({ x, y, z }, p) => congruent(z * y, x, p),
  'x/y if y odd else x-y': ({ x, y, z }, p) => congruent(y % 2 === 1 ? z * y : z + y, x, p),
  'x^2+y^2': ({ x, y, z }, p) => congruent((x + y) ** 2 - 2 * x * y, z, p),
  'x^2+xy+y^2': ({ x, y, z }, p) => congruent((x + y) ** 2 - x * y, z, p),
  'x^2+xy+y^2+x': ({ x, y, z }, p) => congruent((x + y) ** 2 - x * y + x, z, p),
  'x^3+xy': ({ x, y, z }, p) => congruent(x * (x * x + y), z, p),
  'x^3+xy^2+y': ({ x, y, z }, p) => congruent(x * (x * x + y * y) + y, z, p),
  'xy in S5': ({ x, y, z }) => everywhere((i) => images(z)[i] === images(x)[images(y)[i]!]),
  // z x = x y
  'xyx^-1 in S5': ({ x, y, z }) =>
    everywhere((i) => images(z)[images(x)[i]!] === images(x)[images(y)[i]!]),
  'xyx in S5': ({ x, y, z }) =>
    everywhere((i) => images(z)[i] === images(x)[images(y)[images(x)[i]!]!])
}
