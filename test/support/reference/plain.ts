/** Vector arithmetic in float64 on plain arrays, for the slow models that judge the fast ones. Weights arrive by name. */

export type Numbers = Record<string, Float64Array>

/** (row, position, token, weight in the loss) */
export type Target = [row: number, position: number, token: number, weight: number]

/** Logits [T][V] of one sequence. */
export type PlainModel = (p: Numbers, ids: readonly number[]) => number[][]

/** Weighted mean of -log softmax(logits)[token] over the targets. */
export function lossOf(
  model: PlainModel,
  p: Numbers,
  ids: readonly (readonly number[])[],
  targets: readonly Target[]
): number {
  const logits = ids.map((row) => model(p, row))
  let sum = 0
  let total = 0
  for (const [row, position, token, weight] of targets) {
    sum -= weight * Math.log(softmax(logits[row]![position]!)[token]!)
    total += weight
  }
  return sum / total
}

/** W x with W stored [out, in]. */
export function linear(weight: Float64Array, x: readonly number[]): number[] {
  const fanIn = x.length
  const y: number[] = []
  for (let at = 0; at < weight.length; at += fanIn) {
    let sum = 0
    for (let i = 0; i < fanIn; i++) sum += weight[at + i]! * x[i]!
    y.push(sum)
  }
  return y
}

/** x W with W stored [in, out]. */
export function product(x: readonly number[], weight: ArrayLike<number>): number[] {
  const fanOut = weight.length / x.length
  const y = new Array<number>(fanOut).fill(0)
  for (let i = 0; i < x.length; i++) {
    for (let o = 0; o < fanOut; o++) y[o]! += x[i]! * weight[i * fanOut + o]!
  }
  return y
}

export function rowOf(table: Float64Array, row: number, width: number): number[] {
  return Array.from(table.subarray(row * width, row * width + width))
}

export function rmsNorm(x: readonly number[], weight: ArrayLike<number>, eps: number): number[] {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length
  return x.map((value, c) => (value / Math.sqrt(square + eps)) * weight[c]!)
}

export function layerNorm(
  x: readonly number[],
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  eps: number
): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length
  return x.map((value, c) => ((value - mean) / Math.sqrt(variance + eps)) * weight[c]! + bias[c]!)
}

export function softmax(x: readonly number[]): number[] {
  const largest = Math.max(...x)
  const exps = x.map((value) => Math.exp(value - largest))
  const total = exps.reduce((a, b) => a + b, 0)
  return exps.map((value) => value / total)
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
export const silu = (x: number): number => x * sigmoid(x)
export const softplus = (x: number): number => Math.log(1 + Math.exp(x))

export function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]!)
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}
