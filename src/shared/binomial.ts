/** The 97.5 % point of the normal distribution. */
const z = 1.959963984540054

/**
 * Wilson's score interval of a share, 95 % (Wilson 1927, JASA 22; recommended by Brown, Cai and DasGupta 2001 for any
 * n): sensible at 0 and at all, where the usual one has no width. [0, 1] where nothing was counted.
 */
export function wilson(hits: number, n: number): [low: number, high: number] {
  if (n === 0) return [0, 1]
  const p = hits / n
  const centre = p + z ** 2 / (2 * n)
  const half = z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))
  const scale = 1 + z ** 2 / n
  // Rounding must not put the share itself outside.
  return [
    Math.max(0, Math.min(p, (centre - half) / scale)),
    Math.min(1, Math.max(p, (centre + half) / scale))
  ]
}

/**
 * 95 % interval of the difference of two shares, the second minus the first: the square-and-add method on Wilson's
 * intervals (Newcombe 1998, Statistics in Medicine 17, 873-890, method 10), for independent samples.
 */
export function shareDifference(
  [hits1, n1]: readonly [hits: number, n: number],
  [hits2, n2]: readonly [hits: number, n: number]
): { difference: number; low: number; high: number } {
  const [p1, p2] = [hits1 / n1, hits2 / n2]
  const [[low1, high1], [low2, high2]] = [wilson(hits1, n1), wilson(hits2, n2)]
  const difference = p2 - p1
  return {
    difference,
    low: difference - Math.hypot(p2 - low2, high1 - p1),
    high: difference + Math.hypot(high2 - p2, p1 - low1)
  }
}
