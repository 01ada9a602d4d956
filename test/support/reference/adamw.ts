/** AdamW in float64 on plain arrays, written from torch's documentation (torch.optim.AdamW, clip_grad_norm_). */

export interface Slot {
  p: Float64Array
  m: Float64Array
  v: Float64Array
  decays: boolean
}

export interface Settings {
  lr: number
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
  maxNorm: number | null
}

/** Changes the slots in place; `t` counts updates from 1. Returns the gradient norm before clipping. */
export function adamWStep(
  slots: readonly Slot[],
  gradients: readonly ArrayLike<number>[],
  settings: Settings,
  t: number
): number {
  const { lr, beta1, beta2, eps, weightDecay, maxNorm } = settings
  let squares = 0
  for (const g of gradients) for (let i = 0; i < g.length; i++) squares += g[i]! ** 2
  const norm = Math.sqrt(squares)
  const scale = maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6))
  slots.forEach(({ p, m, v, decays }, k) => {
    for (let i = 0; i < p.length; i++) {
      const g = gradients[k]![i]! * scale
      if (decays) p[i]! -= lr * weightDecay * p[i]!
      m[i] = beta1 * m[i]! + (1 - beta1) * g
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g
      const mHat = m[i]! / (1 - beta1 ** t)
      const vHat = v[i]! / (1 - beta2 ** t)
      p[i]! -= (lr * mHat) / (Math.sqrt(vHat) + eps)
    }
  })
  return norm
}
