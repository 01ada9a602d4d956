/**
 * The distributions behind intervals and tests, by the @stdlib packages: Apache-2.0, released this year, and within
 * rounding of SciPy where others are off in the ninth digit.
 */
import upperGamma from '@stdlib/math-base-special-gammainc'
import normal from '@stdlib/stats-base-dists-normal-quantile'
import studentT from '@stdlib/stats-base-dists-t-quantile'

/** The z with P(Z <= z) = p for a standard normal Z. */
export const normalQuantile = (p: number): number => normal(p, 0, 1)

/** The t with P(T <= t) = p for Student's T with `df` degrees of freedom. */
export const tQuantile = (p: number, df: number): number => studentT(p, df)

/** P(X > x) for a chi-square X, exact in the far tail too, where 1 - P(X <= x) is nothing but rounding. */
export const chiSquareTail = (x: number, df: number): number =>
  x <= 0 ? 1 : upperGamma(x / 2, df / 2, true, true)
