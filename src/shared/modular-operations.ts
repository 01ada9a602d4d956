/**
 * The binary operations of Power et al. 2022 (arXiv 2201.02177, section 3 and appendix A.1.1) as data: those
 * modulo p, and three in the symmetric group S5, whose 120 elements are numbered. Which equations an operation
 * has and what they answer is said here once, for the form's checks, the generator and its tests.
 */
interface Operation {
  /** The number that x o y gives; x, y and the result are numbers of elements. Exact for p up to 1000. */
  answer: (x: number, y: number, p: number) => number
  /** y = 0 is left out: there is no quotient, or (xy, as Grokfast has it) nothing to learn. */
  nonzeroY?: true
  /** x o y is y o x. */
  commutes?: true
  /** The modulus must be prime, so that everything but 0 can be divided by. */
  prime?: true
  /** Elements are permutations of five things; the modulus means nothing. */
  s5?: true
}

const mod = (n: number, p: number): number => ((n % p) + p) % p

export const operations = {
  'x+y': { answer: (x, y, p) => mod(x + y, p), commutes: true },
  'x-y': { answer: (x, y, p) => mod(x - y, p) },
  xy: { answer: (x, y, p) => mod(x * y, p), commutes: true, nonzeroY: true },
  'x/y': { answer: (x, y, p) => mod(x * inverse(y, p), p), nonzeroY: true, prime: true },
  'x/y if y odd else x-y': {
    answer: (x, y, p) => mod(y % 2 === 1 ? x * inverse(y, p) : x - y, p),
    prime: true
  },
  'x^2+y^2': { answer: (x, y, p) => mod(x * x + y * y, p), commutes: true },
  'x^2+xy+y^2': { answer: (x, y, p) => mod(x * x + x * y + y * y, p), commutes: true },
  'x^2+xy+y^2+x': { answer: (x, y, p) => mod(x * x + x * y + y * y + x, p) },
  'x^3+xy': { answer: (x, y, p) => mod(x ** 3 + x * y, p) },
  'x^3+xy^2+y': { answer: (x, y, p) => mod(x ** 3 + x * y * y + y, p) },
  'xy in S5': { answer: (x, y) => compose(x, y), s5: true },
  'xyx^-1 in S5': { answer: (x, y) => compose(compose(x, y), inversePermutation(x)), s5: true },
  'xyx in S5': { answer: (x, y) => compose(compose(x, y), x), s5: true }
} as const satisfies Record<string, Operation>
export type OperationName = keyof typeof operations

export const operationNames = Object.keys(operations) as [OperationName, ...OperationName[]]

/** An operation of either kind, with what may be left out in place. */
export const operationOf = (name: OperationName): Operation => operations[name]

interface Sizes {
  operation: OperationName
  modulus: number
  trainFraction: number
}

export interface ModularCounts {
  /** Numbers or permutations that x and y range over. */
  elements: number
  /** All equations, of which round(trainFraction x equations) are trained on. */
  equations: number
  train: number
  test: number
}

/** As openai/grok rounds: Nanda et al.'s code cuts off instead, which makes one equation less at p = 113. */
export function modularCounts({ operation, modulus, trainFraction }: Sizes): ModularCounts {
  const { s5, nonzeroY } = operationOf(operation)
  const elements = s5 ? 120 : modulus
  const equations = elements * (nonzeroY ? elements - 1 : elements)
  const train = Math.round(trainFraction * equations)
  return { elements, equations, train, test: equations - train }
}

/** The number b with b y = 1 modulo the prime p, by Fermat: y^(p - 2), squared and multiplied. */
function inverse(y: number, p: number): number {
  let result = 1
  for (let power = p - 2, base = y % p; power > 0; power >>>= 1) {
    if (power & 1) result = mod(result * base, p)
    base = mod(base * base, p)
  }
  return result
}

/** Over all equations: how many different answers, and how many equations the best guess gets right. */
export function tallyAnswers(config: Sizes): {
  different: number
  commonest: number
  knowingX: number
  knowingY: number
} {
  const { elements } = modularCounts(config)
  const { answer, nonzeroY } = operationOf(config.operation)
  const all = new Int32Array(elements)
  const byX = new Int32Array(elements * elements)
  const byY = new Int32Array(elements * elements)
  for (let x = 0; x < elements; x++) {
    for (let y = nonzeroY ? 1 : 0; y < elements; y++) {
      const z = answer(x, y, config.modulus)
      all[z]!++
      byX[x * elements + z]!++
      byY[y * elements + z]!++
    }
  }
  const largest = (counts: Int32Array): number => counts.reduce((a, b) => Math.max(a, b), 0)
  const best = (counts: Int32Array): number => {
    let sum = 0
    for (let e = 0; e < elements; e++)
      sum += largest(counts.subarray(e * elements, (e + 1) * elements))
    return sum
  }
  return {
    different: all.filter((count) => count > 0).length,
    commonest: largest(all),
    knowingX: best(byX),
    knowingY: best(byY)
  }
}

export function isPrime(n: number): boolean {
  if (n < 2) return false
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return true
}

/** Images of 0..4 under the permutations of five things, in lexicographic order: 01234, 01243, ..., 43210. */
export const permutations: readonly (readonly number[])[] = arrangements([0, 1, 2, 3, 4])

const numberOf = new Map(permutations.map((images, n) => [images.join(''), n]))

function arrangements(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((first) =>
    arrangements(items.filter((item) => item !== first)).map((rest) => [first, ...rest])
  )
}

/** Number of the permutation that first does y, then x: i goes to x(y(i)). */
function compose(x: number, y: number): number {
  const [a, b] = [permutations[x]!, permutations[y]!]
  return numberOf.get(b.map((image) => a[image]!).join(''))!
}

function inversePermutation(x: number): number {
  const images = permutations[x]!
  return numberOf.get(images.map((_, i) => images.indexOf(i)).join(''))!
}
