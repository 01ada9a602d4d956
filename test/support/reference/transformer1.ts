/** The transformer without LayerNorm, one sequence and one head at a time; matrices act from the right. */
import { add, dot, product, range, rowOf, softmax } from './plain'
import type { PlainModel } from './plain'

export interface Shape {
  nLayer: number
  nHead: number
  dModel: number
  dHead: number
}

export function transformer1Of({ nLayer, nHead, dModel, dHead }: Shape): PlainModel {
  return (p, ids) => {
    let x = ids.map((id, t) =>
      add(rowOf(p['embed.W_E']!, id, dModel), rowOf(p['pos_embed.W_pos']!, t, dModel))
    )
    for (let layer = 0; layer < nLayer; layer++) {
      const at = (name: string): Float64Array => p[`blocks.${layer}.${name}`]!
      const size = dModel * dHead
      const ofHead = (name: string, h: number): Float64Array =>
        at(`attn.${name}`).subarray(h * size, h * size + size)
      const before = x
      for (const h of range(nHead)) {
        const q = before.map((row) => product(row, ofHead('W_Q', h)))
        const k = before.map((row) => product(row, ofHead('W_K', h)))
        const v = before.map((row) => product(row, ofHead('W_V', h)))
        x = x.map((row, t) => {
          const share = softmax(range(t + 1).map((s) => dot(q[t]!, k[s]!) / Math.sqrt(dHead)))
          const z = range(dHead).map((d) => share.reduce((sum, w, s) => sum + w * v[s]![d]!, 0))
          return add(row, product(z, ofHead('W_O', h)))
        })
      }
      x = x.map((row) => {
        const inner = add(product(row, at('mlp.W_in')), Array.from(at('mlp.b_in')))
        const hidden = inner.map((value) => Math.max(0, value))
        return add(row, add(product(hidden, at('mlp.W_out')), Array.from(at('mlp.b_out'))))
      })
    }
    return x.map((row) => product(row, p['unembed.W_U']!))
  }
}
