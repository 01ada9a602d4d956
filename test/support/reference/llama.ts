/** LLaMA from the papers, one sequence at a time: RMSNorm, RoPE as rotations of the plane, SwiGLU, grouped queries. */
import { add, dot, linear, range, rmsNorm, rowOf, silu, softmax } from './plain'
import type { PlainModel } from './plain'

export interface Shape {
  nLayer: number
  nHead: number
  nKvHead: number
  dModel: number
  theta: number
  eps: number
}

export function llamaOf({ nLayer, nHead, nKvHead, dModel, theta, eps }: Shape): PlainModel {
  const D = dModel / nHead
  return (p, ids) => {
    const table = p['model.embed_tokens.weight']!
    let x = ids.map((id) => rowOf(table, id, dModel))
    for (let layer = 0; layer < nLayer; layer++) {
      const at = (name: string): Float64Array => p[`model.layers.${layer}.${name}.weight`]!
      const h = x.map((row) => rmsNorm(row, at('input_layernorm'), eps))
      const heads = (name: string, count: number): number[][][] =>
        h.map((row) => {
          const all = linear(at(`self_attn.${name}`), row)
          if (all.length !== count * D) throw new Error(`${name} has ${all.length} outputs`)
          return range(count).map((n) => all.slice(n * D, n * D + D))
        })
      const q = heads('q_proj', nHead).map((row, t) => row.map((head) => turn(head, t, theta)))
      const k = heads('k_proj', nKvHead).map((row, t) => row.map((head) => turn(head, t, theta)))
      const v = heads('v_proj', nKvHead)
      const mixed = ids.map((_, t) =>
        range(nHead).flatMap((head) => {
          const shared = Math.floor(head / (nHead / nKvHead))
          const scores = range(t + 1).map((s) => dot(q[t]![head]!, k[s]![shared]!) / Math.sqrt(D))
          const share = softmax(scores)
          return range(D).map((d) =>
            share.reduce((sum, weight, s) => sum + weight * v[s]![shared]![d]!, 0)
          )
        })
      )
      x = x.map((row, t) => add(row, linear(at('self_attn.o_proj'), mixed[t]!)))
      x = x.map((row) => {
        const h = rmsNorm(row, at('post_attention_layernorm'), eps)
        const gate = linear(at('mlp.gate_proj'), h)
        const up = linear(at('mlp.up_proj'), h)
        const hidden = gate.map((g, m) => silu(g) * up[m]!)
        return add(row, linear(at('mlp.down_proj'), hidden))
      })
    }
    const head = p['lm_head.weight'] ?? table
    return x.map((row) => linear(head, rmsNorm(row, p['model.norm.weight']!, eps)))
  }
}

/** Entries j and j + D/2 as a complex number times e^(i t theta^(-2j/D)). */
export function turn(x: readonly number[], t: number, theta: number): number[] {
  const half = x.length / 2
  const out = new Array<number>(x.length)
  for (let j = 0; j < half; j++) {
    const angle = t / theta ** ((2 * j) / x.length)
    const [re, im] = [x[j]!, x[j + half]!]
    out[j] = re * Math.cos(angle) - im * Math.sin(angle)
    out[j + half] = re * Math.sin(angle) + im * Math.cos(angle)
  }
  return out
}
