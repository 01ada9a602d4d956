/**
 * GPT-2 once more, as slowly and plainly as it can be said: float64, nested loops over plain arrays, no batching
 * tricks, every position computed. It shares no code with the model it judges; weights arrive by name.
 */

import { dot, layerNorm, product, range, softmax } from './plain'
import type { PlainModel } from './plain'

export { layerNorm, softmax } from './plain'

export interface Shape {
  nLayer: number
  dModel: number
  nHead: number
  passes: number
  dMlp: number
  vocabSize: number
  eps: number
}

export const gpt2Of =
  (shape: Shape): PlainModel =>
  (p, ids) => {
    const { nLayer, dModel: C, nHead, passes, dMlp, vocabSize, eps } = shape
    const D = C / nHead
    const wte = p['transformer.wte.weight']!
    const wpe = p['transformer.wpe.weight']!
    let x = ids.map((id, t) => range(C).map((c) => wte[id * C + c]! + wpe[t * C + c]!))
    for (let turn = 0; turn < passes * nLayer; turn++) {
      const layer = turn % nLayer
      const at = (name: string): Float64Array => p[`transformer.h.${layer}.${name}`]!
      const h = x.map((row) => layerNorm(row, at('ln_1.weight'), at('ln_1.bias'), eps))
      const qkv = h.map((row) => affine(row, at('attn.c_attn.weight'), at('attn.c_attn.bias')))
      const mixed = ids.map((_, t) => {
        const out = new Array<number>(C).fill(0)
        for (let head = 0; head < nHead; head++) {
          const q = qkv[t]!.slice(head * D, head * D + D)
          const scores = range(t + 1).map((s) => {
            const k = qkv[s]!.slice(C + head * D, C + head * D + D)
            return dot(q, k) / Math.sqrt(D)
          })
          const share = softmax(scores)
          for (let s = 0; s <= t; s++) {
            for (let d = 0; d < D; d++)
              out[head * D + d]! += share[s]! * qkv[s]![2 * C + head * D + d]!
          }
        }
        return out
      })
      x = x.map((row, t) => {
        const change = affine(mixed[t]!, at('attn.c_proj.weight'), at('attn.c_proj.bias'))
        return row.map((value, c) => value + change[c]!)
      })
      x = x.map((row) => {
        const h = layerNorm(row, at('ln_2.weight'), at('ln_2.bias'), eps)
        const hidden = affine(h, at('mlp.c_fc.weight'), at('mlp.c_fc.bias')).map(geluTanh)
        if (hidden.length !== dMlp) throw new Error('MLP width')
        const change = affine(hidden, at('mlp.c_proj.weight'), at('mlp.c_proj.bias'))
        return row.map((value, c) => value + change[c]!)
      })
    }
    const head = p['lm_head.weight'] ?? wte
    return x.map((row) => {
      const h = layerNorm(row, p['transformer.ln_f.weight']!, p['transformer.ln_f.bias']!, eps)
      return range(vocabSize).map((v) => dot(h, Array.from(head.subarray(v * C, v * C + C))))
    })
  }

/** GELU as the paper prints its approximation. */
export function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

/** x W + b with W stored [in, out]. */
const affine = (x: readonly number[], weight: Float64Array, bias: Float64Array): number[] =>
  product(x, weight).map((value, o) => value + bias[o]!)
