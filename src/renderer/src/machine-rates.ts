/** Rates of engines, in 10^9 operations a second, on one logarithmic scale of whole decades. */

/** The decades from below the slowest rate (at least 0.1) to above the fastest, at most about six of them. */
export function rateTicks(rates: readonly number[]): number[] {
  const known = rates.filter((rate) => rate > 0)
  const low = Math.floor(Math.log10(Math.min(1, ...known)))
  const high = Math.ceil(Math.log10(Math.max(10, ...known)))
  const stride = Math.ceil((high - low) / 6)
  const count = Math.ceil((high - low) / stride) + 1
  return Array.from({ length: count }, (_, i) => 10 ** (low + i * stride))
}

/** Where a rate stands between the first and the last tick, 0 to 1. */
export function rateShare(gflops: number, ticks: readonly number[]): number {
  const [low, high] = [Math.log10(ticks[0]!), Math.log10(ticks.at(-1)!)]
  return Math.min(1, Math.max(0, (Math.log10(gflops) - low) / (high - low)))
}

/** A decade as the axis has room for it, beside rates with their unit in full: 100 M, 10 G, 1 T. */
export const formatTick = (gflops: number): string => formatRate(gflops).replace('FLOP/s', '')

/** 38 TFLOP/s, 59.4 GFLOP/s, 820 MFLOP/s. */
export function formatRate(gflops: number): string {
  const [value, unit] =
    gflops >= 1000
      ? [gflops / 1000, 'TFLOP/s']
      : gflops >= 1
        ? [gflops, 'GFLOP/s']
        : [gflops * 1000, 'MFLOP/s']
  return `${Number(value.toPrecision(3))} ${unit}`
}
