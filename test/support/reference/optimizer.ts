/**
 * Whole updates in float64 on plain arrays, written from the papers and torch's documentation: clip, Grokfast's
 * filter over the gradients kept since the beginning, Adam or AdamW, projection.
 */
import type { OptimizerConfig } from '@shared/config'

export interface Plain {
  p: number[][]
  /** Every clipped gradient so far, [update][parameter][entry]. */
  history: number[][][]
  m: number[][]
  v: number[][]
}

export const plainStart = (p: readonly ArrayLike<number>[]): Plain => ({
  p: p.map((values) => Array.from(values)),
  history: [],
  m: p.map((values) => Array.from(values, () => 0)),
  v: p.map((values) => Array.from(values, () => 0))
})

const sumOfSquares = (arrays: readonly (readonly number[])[]): number =>
  arrays.flat().reduce((sum, x) => sum + x * x, 0)

/** Changes `plain` in place; `t` counts updates from 1. */
export function plainUpdate(
  plain: Plain,
  gradients: readonly ArrayLike<number>[],
  config: OptimizerConfig,
  run: { t: number; lr: number; decays: (parameter: number) => boolean; norm: number | null }
): void {
  const { weightDecay: wd, beta1, beta2, eps, clipNorm, kind } = config
  const { t, lr, decays, norm } = run
  const raw = gradients.map((g) => Array.from(g))
  const length = Math.sqrt(sumOfSquares(raw))
  const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / (length + 1e-6))
  plain.history.push(raw.map((g) => g.map((x) => x * scale)))

  plain.p.forEach((p, k) => {
    const filtered = plainFilter(
      plain.history.map((g) => g[k]!),
      config.grokfast
    )
    p.forEach((_, i) => {
      let g = filtered[i]!
      if (decays(k) && kind === 'adam') g += wd * p[i]!
      if (decays(k) && kind === 'adamw') p[i]! -= lr * wd * p[i]!
      const m = (plain.m[k]![i] = beta1 * plain.m[k]![i]! + (1 - beta1) * g)
      const v = (plain.v[k]![i] = beta2 * plain.v[k]![i]! + (1 - beta2) * g * g)
      p[i]! -= (lr * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + eps)
    })
  })
  if (norm === null) return
  const now = Math.sqrt(sumOfSquares(plain.p))
  plain.p = plain.p.map((p) => p.map((x) => (x * norm) / now))
}

/** The last of a parameter's gradients, filtered, from all of them. */
export function plainFilter(
  gradients: readonly (readonly number[])[],
  { filter, alpha, window, lambda }: OptimizerConfig['grokfast']
): number[] {
  const last = gradients.at(-1)!
  if (filter === 'off') return [...last]
  if (filter === 'ma') {
    if (gradients.length < window) return [...last]
    const recent = gradients.slice(-window)
    const mean = last.map((_, i) => recent.reduce((sum, g) => sum + g[i]!, 0) / window)
    return last.map((x, i) => x + (lambda ?? 5) * mean[i]!)
  }
  const slow = gradients
    .slice(1)
    .reduce<readonly number[]>(
      (m, g) => m.map((x, i) => alpha * x + (1 - alpha) * g[i]!),
      gradients[0]!
    )
  return last.map((x, i) => x + (lambda ?? 2) * slow[i]!)
}
