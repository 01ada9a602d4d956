/** Statistics of weight matrices, in float64. Eigenvalues and singular values are ml-matrix's. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { sizeOf, type HostArray } from '../models/params'

/** An array as one matrix, [rows, columns]: one index by the rest, as it is multiplied. Null for vectors. */
export function matrixShape(shape: readonly number[]): [number, number] | null {
  const wide = shape.filter((n) => n > 1)
  if (wide.length < 2) return null
  const rows = wide[0]!
  return [rows, sizeOf(wide) / rows]
}

/**
 * Singular values, falling, as square roots of the eigenvalues of the smaller product with the transpose; what is
 * below 1e-7 of the largest is lost in rounding.
 */
export function singularValues(
  values: ArrayLike<number>,
  [m, n]: readonly [number, number]
): number[] {
  const { realEigenvalues } = symmetricEigen(gramOf(values, m, n))
  return realEigenvalues.map((x) => Math.sqrt(Math.max(0, x))).sort((a, b) => b - a)
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix. What is below 1e-30 of its largest entry counts as 0, far under the
 * rounding of the rest: ml-matrix divides by what is left of subnormal numbers, and ends with NaN or an exception.
 */
function symmetricEigen(matrix: Matrix): EigenvalueDecomposition {
  const least = 1e-30 * Math.max(matrix.max(), -matrix.min())
  const cleaned = Matrix.zeros(matrix.rows, matrix.columns)
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) {
      const x = matrix.get(i, j)
      if (Math.abs(x) > least && Math.abs(x) > Number.MIN_VALUE / Number.EPSILON)
        cleaned.set(i, j, x)
    }
  }
  return new EigenvalueDecomposition(cleaned, { assumeSymmetric: true })
}

/** M M^T or M^T M, whichever is smaller. */
function gramOf(values: ArrayLike<number>, m: number, n: number): Matrix {
  const size = Math.min(m, n)
  const gram = Matrix.zeros(size, size)
  const [outer, step] = m <= n ? [n, [n, 1]] : [m, [1, n]]
  const [along, across] = step as [number, number]
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < outer; k++)
        sum += values[i * along + k * across]! * values[j * along + k * across]!
      gram.set(i, j, sum)
      gram.set(j, i, sum)
    }
  }
  return gram
}

/** exp of the entropy of the singular values' shares (Roy and Vetterli 2007, EUSIPCO): from 1 to their number. */
export function effectiveRank(singular: readonly number[]): number {
  const total = singular.reduce((a, b) => a + b, 0)
  if (total === 0) return 0
  const entropy = singular.reduce(
    (sum, s) => (s > 0 ? sum - (s / total) * Math.log(s / total) : sum),
    0
  )
  return Math.exp(entropy)
}

/** Squared Frobenius norm over the squared largest singular value (Rudelson and Vershynin 2007). */
export function stableRank(singular: readonly number[]): number {
  const largest = singular[0] ?? 0
  return largest === 0 ? 0 : singular.reduce((sum, s) => sum + s * s, 0) / largest ** 2
}

export interface Moments {
  readonly norm: number
  readonly mean: number
  readonly std: number
  readonly min: number
  readonly max: number
}

export function momentsOf(values: ArrayLike<number>): Moments {
  let [sum, squares, min, max] = [0, 0, Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    sum += x
    squares += x * x
    min = Math.min(min, x)
    max = Math.max(max, x)
  }
  const n = values.length
  const mean = sum / n
  return {
    norm: Math.sqrt(squares),
    mean,
    std: Math.sqrt(Math.max(0, squares / n - mean ** 2)),
    min,
    max
  }
}

/** Counts in `bins` equal parts of [low, high]; both ends are in. */
export function histogram(
  values: ArrayLike<number>,
  [low, high]: readonly [number, number],
  bins: number
): Float64Array {
  const counts = new Float64Array(bins)
  for (let i = 0; i < values.length; i++) {
    const place = Math.floor(((values[i]! - low) / (high - low)) * bins)
    counts[Math.min(bins - 1, Math.max(0, place))]!++
  }
  return counts
}

/** Norms of a and of b - a, the latter over the former, and the cosine between b - a and a. */
export function updateOf(
  from: HostArray,
  to: HostArray
): { norm: number; relative: number; cosine: number } {
  let [own, change, inner] = [0, 0, 0]
  for (let i = 0; i < from.values.length; i++) {
    const [a, d] = [from.values[i]!, to.values[i]! - from.values[i]!]
    own += a * a
    change += d * d
    inner += a * d
  }
  return {
    norm: Math.sqrt(change),
    relative: Math.sqrt(change / own),
    cosine: inner / Math.sqrt(own * change)
  }
}

export interface Projection {
  /** [n, k] row-major: coordinates of the rows along the components. */
  readonly coordinates: Float64Array
  /** Share of the variance of each component. */
  readonly explained: readonly number[]
}

/**
 * Principal components of the rows of [n, d]: rows centred, projected on the eigenvectors of their covariance with
 * the largest eigenvalues. Each component's sign is chosen so that its largest entry is positive: the same every time.
 */
export function principalComponents(rows: readonly ArrayLike<number>[], k: number): Projection {
  const [n, d] = [rows.length, rows[0]!.length]
  const centred = new Matrix(rows.map((row) => Array.from(row))).center('column')
  // The smaller product has the same eigenvalues; its eigenvectors give the same coordinates.
  const small = n < d
  const product = small ? centred.mmul(centred.transpose()) : centred.transpose().mmul(centred)
  const { realEigenvalues, eigenvectorMatrix } = symmetricEigen(product)
  const total = realEigenvalues.reduce((sum, x) => sum + Math.max(0, x), 0)
  const order = realEigenvalues
    .map((_, i) => i)
    .sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
  const coordinates = new Float64Array(n * k)
  const explained: number[] = []
  order.slice(0, k).forEach((component, j) => {
    const value = Math.max(0, realEigenvalues[component]!)
    const vector = eigenvectorMatrix.getColumn(component)
    explained.push(total > 0 ? value / total : 0)
    const along = small
      ? vector.map((x) => x * Math.sqrt(value))
      : centred.mmul(Matrix.columnVector(vector)).getColumn(0)
    const largest = along.reduce(
      (best, x) => (Math.abs(x) > Math.abs(best) * (1 + 1e-9) ? x : best),
      0
    )
    along.forEach((x, i) => (coordinates[i * k + j] = largest < 0 ? -x : x))
  })
  return { coordinates, explained }
}
