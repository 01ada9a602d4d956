/** RWKV-4 by its defining sums, no recurrence: every position looks back over all earlier ones. */
import { add, layerNorm, linear, range, rowOf, sigmoid } from './plain'
import type { Numbers, PlainModel } from './plain'

export interface Shape {
  nLayer: number
  dModel: number
  eps: number
}

export function rwkvOf({ nLayer, dModel, eps }: Shape): PlainModel {
  return (p, ids) => {
    const table = p['rwkv.embeddings.weight']!
    const norm = (name: string, row: number[], eps: number): number[] =>
      layerNorm(row, p[`${name}.weight`]!, p[`${name}.bias`]!, eps)
    let x = ids.map((id) => norm('rwkv.blocks.0.pre_ln', rowOf(table, id, dModel), eps))
    for (let layer = 0; layer < nLayer; layer++) {
      const block = `rwkv.blocks.${layer}`
      const h1 = x.map((row) => norm(`${block}.ln1`, row, eps))
      const time = timeMix(p, `${block}.attention`, h1)
      x = x.map((row, t) => add(row, time[t]!))
      const h2 = x.map((row) => norm(`${block}.ln2`, row, eps))
      const channel = channelMix(p, `${block}.feed_forward`, h2)
      x = x.map((row, t) => add(row, channel[t]!))
    }
    const head = p['head.weight'] ?? table
    return x.map((row) => linear(head, norm('rwkv.ln_out', row, 1e-5)))
  }
}

function timeMix(p: Numbers, name: string, x: number[][]): number[][] {
  const map = (what: string): number[][] =>
    shifted(x, p[`${name}.time_mix_${what}`]!).map((row) =>
      linear(p[`${name}.${what}.weight`]!, row)
    )
  const [k, v, r] = [map('key'), map('value'), map('receptance')]
  const decay = Array.from(p[`${name}.time_decay`]!, Math.exp)
  const mixed = wkvOf(decay, Array.from(p[`${name}.time_first`]!), k, v)
  return mixed.map((row, t) =>
    linear(
      p[`${name}.output.weight`]!,
      row.map((value, c) => sigmoid(r[t]![c]!) * value)
    )
  )
}

/** Decay w and first u [C], keys and values [T][C] -> [T][C]: the quotient of sums of science and paper. */
export function wkvOf(
  w: readonly number[],
  u: readonly number[],
  k: readonly (readonly number[])[],
  v: readonly (readonly number[])[]
): number[][] {
  return k.map((_, t) =>
    w.map((decay, c) => {
      const exponents = range(t + 1).map((i) =>
        i === t ? u[c]! + k[t]![c]! : k[i]![c]! - (t - 1 - i) * decay
      )
      const largest = Math.max(...exponents)
      const weights = exponents.map((e) => Math.exp(e - largest))
      const total = weights.reduce((a, b) => a + b, 0)
      return weights.reduce((sum, weight, i) => sum + weight * v[i]![c]!, 0) / total
    })
  )
}

function channelMix(p: Numbers, name: string, x: number[][]): number[][] {
  const at = (what: string): Float64Array => p[`${name}.${what}`]!
  const k = shifted(x, at('time_mix_key')).map((row) => linear(at('key.weight'), row))
  const r = shifted(x, at('time_mix_receptance')).map((row) => linear(at('receptance.weight'), row))
  return k.map((row, t) => {
    const hidden = row.map((value) => Math.max(0, value) ** 2)
    return linear(at('value.weight'), hidden).map((value, c) => sigmoid(r[t]![c]!) * value)
  })
}

/** mu x_t + (1 - mu) x_{t-1}, with x_{-1} = 0. */
function shifted(x: number[][], mu: Float64Array): number[][] {
  return x.map((row, t) =>
    row.map((value, c) => mu[c]! * value + (1 - mu[c]!) * (t > 0 ? x[t - 1]![c]! : 0))
  )
}
