/** Mamba-1 by its recurrence, number by number: no tensors, one channel and one state entry at a time. */
import { add, dot, linear, range, rmsNorm, rowOf, silu, softplus } from './plain'
import type { Numbers, PlainModel } from './plain'

export interface Shape {
  nLayer: number
  dModel: number
  dState: number
  dtRank: number
  eps: number
}

export function mambaOf({ nLayer, dModel, dState, dtRank, eps }: Shape): PlainModel {
  return (p, ids) => {
    const table = p['backbone.embeddings.weight']!
    let x = ids.map((id) => rowOf(table, id, dModel))
    for (let layer = 0; layer < nLayer; layer++) {
      const name = `backbone.layers.${layer}`
      const u = x.map((row) => rmsNorm(row, p[`${name}.norm.weight`]!, eps))
      const m = mixer(p, `${name}.mixer`, dState, dtRank, u)
      x = x.map((row, t) => add(row, m[t]!))
    }
    const head = p['lm_head.weight'] ?? table
    return x.map((row) => linear(head, rmsNorm(row, p['backbone.norm_f.weight']!, eps)))
  }
}

function mixer(p: Numbers, name: string, N: number, R: number, u: number[][]): number[][] {
  const at = (what: string): Float64Array => p[`${name}.${what}`]!
  const E = at('D').length
  const both = u.map((row) => linear(at('in_proj.weight'), row)) // inputs, then gates
  const seen = both.map((row) => row.slice(0, E))
  const width = at('conv1d.weight').length / E
  const x = seen.map((_, t) =>
    range(E).map((e) => {
      const filter = rowOf(at('conv1d.weight'), e, width)
      const window = range(width).map((j) => seen[t - (width - 1) + j]?.[e] ?? 0)
      return silu(dot(filter, window) + at('conv1d.bias')[e]!)
    })
  )
  const selected = x.map((row) => linear(at('x_proj.weight'), row))
  const delta = selected.map((row) =>
    add(linear(at('dt_proj.weight'), row.slice(0, R)), Array.from(at('dt_proj.bias'))).map(softplus)
  )
  const A = range(E).map((e) => rowOf(at('A_log'), e, N).map((a) => -Math.exp(a)))
  const b = selected.map((row) => row.slice(R, R + N))
  const c = selected.map((row) => row.slice(R + N))
  const y = scanOf(A, delta, b, c, x)
  return y.map((row, t) =>
    linear(
      at('out_proj.weight'),
      row.map((value, e) => (value + at('D')[e]! * x[t]![e]!) * silu(both[t]![E + e]!))
    )
  )
}

/** h = exp(delta A) h + delta x b, y = c h; A [E][N], delta and x [T][E], b and c [T][N] -> [T][E]. */
export function scanOf(
  A: readonly (readonly number[])[],
  delta: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  c: readonly (readonly number[])[],
  x: readonly (readonly number[])[]
): number[][] {
  const h = A.map((row) => row.map(() => 0))
  return x.map((_, t) =>
    A.map((rates, e) => {
      for (const [n, rate] of rates.entries()) {
        const step = delta[t]![e]!
        h[e]![n] = Math.exp(step * rate) * h[e]![n]! + step * x[t]![e]! * b[t]![n]!
      }
      return dot(c[t]!.slice(), h[e]!)
    })
  )
}
