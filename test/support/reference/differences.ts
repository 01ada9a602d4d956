/** Derivatives without calculus: central differences of a function of float64 arrays. */

/**
 * d f / d x[i] = (f(x + h e_i) - f(x - h e_i)) / 2h for every i; `x` is changed in place and put back.
 * With h = 1e-5 and float64 the error is about 1e-10 of the function's scale.
 */
export function differences(f: () => number, x: Float64Array, h = 1e-5): Float64Array {
  return Float64Array.from(x, (value, i) => {
    x[i] = value + h
    const above = f()
    x[i] = value - h
    const below = f()
    x[i] = value
    return (above - below) / (2 * h)
  })
}

/** |a - b| / |b|, L2 norms over all entries. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0
  let norm = 0
  for (let i = 0; i < b.length; i++) {
    error += (a[i]! - b[i]!) ** 2
    norm += b[i]! ** 2
  }
  return Math.sqrt(error / norm)
}

/** Largest |a - b| over largest |b|. */
export function largestError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0
  let scale = 0
  for (let i = 0; i < b.length; i++) {
    error = Math.max(error, Math.abs(a[i]! - b[i]!))
    scale = Math.max(scale, Math.abs(b[i]!))
  }
  return error / scale
}
