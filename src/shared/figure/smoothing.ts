/**
 * The debiased exponential moving average. Without the correction the first values are drawn towards 0; with it,
 * each is the weighted mean of all values so far (Kingma and Ba 2015, section 3, of the first moment).
 * @param values NaN where there is none: it stays NaN, and does not count
 * @param weight of the past, 0 to 1: 0 leaves the values as they are
 */
export function debiasedAverage(values: Float64Array, weight: number): Float64Array {
  const averages = new Float64Array(values.length)
  let [sum, past] = [0, 1]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) {
      averages[i] = NaN
      continue
    }
    sum = weight * sum + (1 - weight) * value
    past *= weight
    averages[i] = sum / (1 - past)
  }
  return averages
}
