/**
 * Progress measures of modular addition (Nanda et al. 2023, arXiv 2301.05217, section 4 and appendix; code
 * mechanistic-interpretability-grokking/progress-measures-paper), in float64 on plain arrays.
 *
 * With w = 2 pi k / p, a network that adds by the clock puts its logits into the two unit directions
 *     c_k = (cos ⊗ cos - sin ⊗ sin) / sqrt 2 = sqrt 2 / p cos(w (a + b)),    s_k likewise with sin(w (a + b)),
 * over the p² inputs, for a few key frequencies k. Both depend on the sum s = (a + b) mod p alone, so projecting
 * onto them needs the logits summed by s, and nothing of size p² but that one pass.
 */

export type Numbers = ArrayLike<number>

/** Logits over all inputs, [p², C] row-major, input (a, b) in row a p + b; C is p or more, residues first. */
export interface AdditionLogits {
  readonly p: number
  readonly classes: number
  readonly logits: Numbers
}

/** Logits summed over the inputs of each sum, [p, classes]. */
export function sumByAnswer({ p, classes: C, logits }: AdditionLogits): Float64Array {
  const sums = new Float64Array(p * C)
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) {
      const row = (a * p + b) * C
      const into = ((a + b) % p) * C
      for (let c = 0; c < C; c++) sums[into + c]! += logits[row + c]!
    }
  }
  return sums
}

/**
 * How much of each class's logits lies in c_k and in s_k: for each frequency two lists of length `classes`.
 * @param sums of `sumByAnswer`
 */
export function sumCoefficients(
  sums: Float64Array,
  p: number,
  frequencies: readonly number[]
): { cos: Float64Array; sin: Float64Array }[] {
  const C = sums.length / p
  return frequencies.map((k) => {
    const [cos, sin] = [new Float64Array(C), new Float64Array(C)]
    for (let s = 0; s < p; s++) {
      const [x, y] = direction(k, s, p)
      for (let c = 0; c < C; c++) {
        cos[c]! += x * sums[s * C + c]!
        sin[c]! += y * sums[s * C + c]!
      }
    }
    return { cos, sin }
  })
}

/** Power of the logits in each frequency's two directions, for k = 1..(p-1)/2. */
export function sumPower(sums: Float64Array, p: number): number[] {
  const all = frequenciesOf(p)
  return sumCoefficients(sums, p, all).map(({ cos, sin }) => squares(cos) + squares(sin))
}

/** Loss of the logits themselves, over all pairs or over the rows named. */
export function additionLoss(given: AdditionLogits, rows?: Iterable<number>): number {
  const { p, classes, logits } = given
  return meanLoss(p, classes, rows ?? range(p * p), (row, c) => logits[row * classes + c]!)
}

export interface ProgressMeasures {
  /** Cross-entropy over all pairs of the projection on the key directions plus the mean logits. */
  restricted: number
  /** Cross-entropy over the training pairs of the logits without that projection. */
  excluded: number
}

/**
 * Restricted loss falls while the circuit forms, excluded loss rises as the network comes to rely on it.
 * @param trainRows rows a p + b that are trained on
 */
export function progressMeasures(
  given: AdditionLogits,
  key: readonly number[],
  trainRows: Iterable<number>
): ProgressMeasures {
  const { p, classes: C, logits } = given
  const sums = sumByAnswer(given)
  const projection = project(sums, p, C, key)
  const mean = new Float64Array(C)
  for (let i = 0; i < sums.length; i++) mean[i % C]! += sums[i]! / (p * p)
  return {
    // The restricted logits are the same for all inputs of one sum: those of (s, 0) stand for them all.
    restricted: meanLoss(
      p,
      C,
      range(p).map((s) => s * p),
      (row, c) => projection[(row / p) * C + c]! + mean[c]!
    ),
    excluded: meanLoss(p, C, trainRows, (row, c) => {
      const s = (Math.floor(row / p) + (row % p)) % p
      return logits[row * C + c]! - projection[s * C + c]!
    })
  }
}

/** The projection of the logits on all c_k and s_k of the key frequencies, by sum: [p, C]. */
function project(sums: Float64Array, p: number, C: number, key: readonly number[]): Float64Array {
  const projection = new Float64Array(p * C)
  const coefficients = sumCoefficients(sums, p, key)
  key.forEach((k, i) => {
    const { cos, sin } = coefficients[i]!
    for (let s = 0; s < p; s++) {
      const [x, y] = direction(k, s, p)
      for (let c = 0; c < C; c++) projection[s * C + c]! += x * cos[c]! + y * sin[c]!
    }
  })
  return projection
}

/** The entries of c_k and s_k at inputs whose sum is s. */
function direction(k: number, s: number, p: number): [number, number] {
  // The product modulo p keeps the angle small, hence exact.
  const angle = (2 * Math.PI * ((k * s) % p)) / p
  return [(Math.SQRT2 / p) * Math.cos(angle), (Math.SQRT2 / p) * Math.sin(angle)]
}

function meanLoss(
  p: number,
  C: number,
  rows: Iterable<number>,
  logit: (row: number, c: number) => number
): number {
  const scores = new Float64Array(C)
  let total = 0
  let count = 0
  for (const row of rows) {
    let top = -Infinity
    for (let c = 0; c < C; c++) {
      scores[c] = logit(row, c)
      top = Math.max(top, scores[c]!)
    }
    let sum = 0
    for (let c = 0; c < C; c++) sum += Math.exp(scores[c]! - top)
    total += top + Math.log(sum) - scores[(Math.floor(row / p) + (row % p)) % p]!
    count++
  }
  return total / count
}

export interface EmbeddingSpectrum {
  /** Squared norm along the constant. */
  constant: number
  /** Squared norm along cos and sin of frequency k, for k = 1..(p-1)/2. */
  power: number[]
  /** Norms along the p - 1 rows cos_1, sin_1, cos_2, ... */
  norms: number[]
}

/** Fourier power of an embedding of the residues, [p, d] row-major: how few frequencies does it use? */
export function embeddingSpectrum(embedding: Numbers, p: number, d: number): EmbeddingSpectrum {
  const along = (weight: (x: number) => number): number => {
    const sums = new Float64Array(d)
    for (let x = 0; x < p; x++) {
      const w = weight(x)
      for (let i = 0; i < d; i++) sums[i]! += w * embedding[x * d + i]!
    }
    return squares(sums)
  }
  const size = Math.sqrt(2 / p)
  const angle = (k: number, x: number): number => (2 * Math.PI * ((k * x) % p)) / p
  const parts = frequenciesOf(p).map((k) => [
    along((x) => size * Math.cos(angle(k, x))),
    along((x) => size * Math.sin(angle(k, x)))
  ])
  return {
    constant: along(() => 1 / Math.sqrt(p)),
    power: parts.map(([cos, sin]) => cos! + sin!),
    norms: parts.flat().map(Math.sqrt)
  }
}

/** Inequality of non-negative numbers: 0 where all are equal, towards 1 where one has all. */
export function gini(values: readonly number[]): number {
  const n = values.length
  const rising = [...values].sort((a, b) => a - b)
  const total = rising.reduce((a, b) => a + b, 0)
  // Sum over all pairs |x_i - x_j| is twice the sum of (2 i - n + 1) x_i in rising order.
  const spread = rising.reduce((sum, x, i) => sum + (2 * i - n + 1) * x, 0)
  return total === 0 ? 0 : spread / (n * total)
}

/**
 * The fewest frequencies that hold a share of the total power, strongest first: the key frequencies, where a
 * network has come to use few.
 */
export function keyFrequencies(power: readonly number[], share = 0.9): number[] {
  const total = power.reduce((a, b) => a + b, 0)
  const order = power.map((_, i) => i).sort((a, b) => power[b]! - power[a]! || a - b)
  let held = 0
  const key: number[] = []
  for (const i of order) {
    if (held >= share * total) break
    held += power[i]!
    key.push(i + 1)
  }
  return key
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const frequenciesOf = (p: number): number[] => range((p - 1) / 2).map((i) => i + 1)
const squares = (values: Float64Array): number => values.reduce((sum, x) => sum + x * x, 0)
