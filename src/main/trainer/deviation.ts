/** How far numbers are from those of a reference. A NaN on either side is a NaN here, and within no tolerance. */

export type Numbers = ArrayLike<number>

/** Largest difference over the largest absolute reference value; 0 where all are equal. */
export function maxDeviation(got: Numbers, wanted: Numbers): number {
  let difference = 0
  let largest = 0
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(got[i]! - wanted[i]!)) // NaN stays NaN
    largest = Math.max(largest, Math.abs(wanted[i]!))
  }
  return difference === 0 ? 0 : difference / largest
}

/** L2 norm of the difference over that of the reference; 0 where all are equal. */
export function l2Deviation(got: Numbers, wanted: Numbers): number {
  let error = 0
  let norm = 0
  for (let i = 0; i < wanted.length; i++) {
    error += (got[i]! - wanted[i]!) ** 2
    norm += wanted[i]! ** 2
  }
  return error === 0 ? 0 : Math.sqrt(error / norm)
}
