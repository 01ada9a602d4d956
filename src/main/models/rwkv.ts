/**
 * RWKV-4 (Peng et al. 2023, arXiv 2305.13048; BlinkDL/RWKV-LM, RWKV-v4): no attention and no positions; a block is
 * a time mix, which carries a decaying average of the past in a recurrent state, and a channel mix, an MLP. Both
 * see each position blended with the one before. Equal to transformers' RwkvForCausalLM in training mode (its
 * rescaling for half precision is not here), with the original's L2Wrap as an option.
 *
 * Letters: B rows, T positions, K answer positions, C = dModel, M = channel-mix width, V vocabulary; w = decay,
 * u = weight of the present, k = key, v = value, r = receptance.
 */
import * as tf from '@tensorflow/tfjs'
import type { RwkvConfig } from '@shared/config'
import { mlpWidth } from '@shared/model-widths'
import type { Model, Sizes, Tap } from './model'
import { inBlock, noTap } from './model'
import { earlier, embedding, layerNorm, linear, pick, picker, relu } from './layers'
import type { Embedding, Linear, Norm } from './layers'
import { along, constant, drawParameters, normal, orthogonal, uniform } from './params'
import type { Parameter } from './params'
import { readHf } from './hf'

/** Weights under the names of transformers; all maps are stored [out, in], embeddings and head [V, C]. */
export type RwkvWeights<Leaf = tf.Tensor> = {
  readonly rwkv: {
    readonly embeddings: Embedding<Leaf>
    readonly blocks: readonly Block<Leaf>[]
    readonly ln_out: Norm<Leaf>
  }
  /** Absent when the head is tied to `embeddings`. */
  readonly head?: Embedding<Leaf>
}

type Block<Leaf = tf.Tensor> = {
  /** The first block only: between the embedding and the residual stream. */
  readonly pre_ln?: Norm<Leaf>
  readonly ln1: Norm<Leaf>
  readonly ln2: Norm<Leaf>
  readonly attention: TimeMix<Leaf>
  readonly feed_forward: ChannelMix<Leaf>
}
type TimeMix<Leaf = tf.Tensor> = {
  /** log of w, and u: [C]. */
  readonly time_decay: Leaf
  readonly time_first: Leaf
  /** Share of the present position in what a map sees: [1, 1, C]. */
  readonly time_mix_key: Leaf
  readonly time_mix_value: Leaf
  readonly time_mix_receptance: Leaf
  readonly key: Linear<Leaf>
  readonly value: Linear<Leaf>
  readonly receptance: Linear<Leaf>
  readonly output: Linear<Leaf>
}
type ChannelMix<Leaf = tf.Tensor> = {
  readonly time_mix_key: Leaf
  readonly time_mix_receptance: Leaf
  readonly key: Linear<Leaf>
  readonly receptance: Linear<Leaf>
  readonly value: Linear<Leaf>
}

/**
 * The recurrent state, [B, C] each: a e^p = sum over the past of e^(k_i - age w) v_i and b e^p the same without
 * v_i. p is the largest exponent met, so that no exp ever overflows.
 */
interface State {
  readonly a: tf.Tensor
  readonly b: tf.Tensor
  readonly p: tf.Tensor
}

/** Before the first position: empty sums. e^p is 0 in float32. */
function emptyState(B: number, C: number): State {
  return { a: tf.zeros([B, C]), b: tf.zeros([B, C]), p: tf.fill([B, C], -1e38) }
}

/**
 * y = (a e^p + e^(u+k) v) / (b e^p + e^(u+k)), the past and the present together, all [B, C]. With
 * q = max(p, u+k), also returns what the gradient needs: q, `now` = e^(u+k-q) and the denominator d over e^q.
 */
function readOut(
  u: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { a, b, p }: State
): Record<'y' | 'q' | 'now' | 'd', tf.Tensor> {
  const present = k.add(u)
  const q = tf.maximum(p, present)
  const past = p.sub(q).exp()
  const now = present.sub(q).exp()
  const d = b.mul(past).add(now)
  return { y: a.mul(past).add(v.mul(now)).div(d), q, now, d }
}

/** The state one position later: a e^p = e^-w a e^p + e^k v, b e^p = e^-w b e^p + e^k. */
function advance(w: tf.Tensor, k: tf.Tensor, v: tf.Tensor, { a, b, p }: State): State {
  const aged = p.sub(w)
  const next = tf.maximum(aged, k)
  const past = aged.sub(next).exp()
  const now = k.sub(next).exp()
  return { a: a.mul(past).add(v.mul(now)), b: b.mul(past).add(now), p: next }
}

type WkvInputs = [w: tf.Tensor, u: tf.Tensor, k: tf.Tensor, v: tf.Tensor]

/**
 * The weighted average of values over past and present, per channel (Peng et al. 2023, equation 16):
 * y_t = [sum_{i<t} e^(k_i - (t-1-i)w) v_i + e^(u+k_t) v_t] / [the same without v], by the recurrence above.
 * w, u [C] and k, v [B, T, C] -> [B, T, C].
 *
 * With g_t = dy_t / denominator_t and, from the end backwards, G_t = sum_{s>t} e^(-(s-1-t)w) g_s and H_t the same
 * with g_s y_s: dv_t = e^(u+k_t) g_t + e^k_t G_t, dk_t = e^(u+k_t) g_t (v_t - y_t) + e^k_t (v_t G_t - H_t),
 * du = sum_t of dk's first term, dw = -sum_t e^-w (A_t G_t - B_t H_t), where A and B are the sums before t.
 * G and H are carried like the state, over e^r with r their largest exponent: every exponent below is <= 0.
 */
export function wkv(...inputs: WkvInputs): tf.Tensor {
  const f = tf.customGrad((...args) => {
    const [w, u, k, v, save] = args as unknown as [...WkvInputs, tf.GradSaveFunc]
    const [B, , C] = k.shape as [number, number, number]
    const [ks, vs] = [tf.unstack(k, 1), tf.unstack(v, 1)] // T x [B, C] each
    let state = emptyState(B, C)
    const seen = ks.map((k, t) => {
      const before = state
      const out = readOut(u, k, vs[t]!, before)
      state = advance(w, k, vs[t]!, before)
      return { ...before, ...out }
    })
    save([w, k, v, ...seen.flatMap(({ a, b, p, y, q, now, d }) => [a, b, p, y, q, now, d])])
    const value = tf.stack(
      seen.map(({ y }) => y),
      1
    ) // [B, T, C]
    return { value, gradFunc: wkvGradient }
  })
  return f(...inputs)
}

/** [dw, du, dk, dv] from dy [B, T, C] and what `wkv` saved. */
function wkvGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [w, k, v, ...rest] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]]
  const [ks, vs, dys] = [tf.unstack(k, 1), tf.unstack(v, 1), tf.unstack(dy, 1)]
  let [G, H, r] = [tf.zerosLike(ks[0]!), tf.zerosLike(ks[0]!), tf.fill(ks[0]!.shape, -1e38)]
  const [dk, dv, du, dw]: tf.Tensor[][] = [[], [], [], []]
  for (let t = ks.length - 1; t >= 0; t--) {
    const [a, b, p, y, q, now, d] = rest.slice(7 * t, 7 * t + 7) as [
      ...[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor],
      ...[tf.Tensor, tf.Tensor, tf.Tensor]
    ]
    const [k, v] = [ks[t]!, vs[t]!]
    const g = dys[t]!.div(d) // over e^-q
    const [present, later] = [g.mul(now), k.add(r).exp()]
    const dpresent = present.mul(v.sub(y))
    dv!.unshift(present.add(later.mul(G)))
    dk!.unshift(dpresent.add(later.mul(v.mul(G).sub(H))))
    du!.push(dpresent)
    const aged = r.sub(w)
    dw!.push(
      aged
        .add(p)
        .exp()
        .mul(b.mul(H).sub(a.mul(G)))
    )
    const next = tf.maximum(aged, q.neg())
    const [old, own] = [aged.sub(next).exp(), g.mul(q.neg().sub(next).exp())]
    G = G.mul(old).add(own)
    H = H.mul(old).add(own.mul(y))
    r = next
  }
  return [tf.addN(dw!).sum(0), tf.addN(du!).sum(0), tf.stack(dk!, 1), tf.stack(dv!, 1)]
}

/** The same for whoever looks: each state [B, 3, C] = (a, b, p) passes the tap on its way to the next position. */
function wkvSeen([w, u, k, v]: WkvInputs, tap: Tap): tf.Tensor {
  const [B, , C] = k.shape as [number, number, number]
  const vs = tf.unstack(v, 1) // T x [B, C]
  let state = emptyState(B, C)
  const ys = tf.unstack(k, 1).map((k, t) => {
    const { y } = readOut(u, k, vs[t]!, state)
    const { a, b, p } = advance(w, k, vs[t]!, state)
    const shown = tap(`att.hook_wkv_state.${t}`, tf.stack([a, b, p], 1)) // [B, 3, C]
    const parts = tf.unstack(shown, 1) as [tf.Tensor, tf.Tensor, tf.Tensor]
    state = { a: parts[0], b: parts[1], p: parts[2] }
    return y
  })
  return tf.stack(ys, 1) // [B, T, C]
}

/** mu x + (1 - mu) before: what a map sees of a position and of the one before it. */
function blend(mu: tf.Tensor, before: tf.Tensor, change: tf.Tensor): tf.Tensor {
  return before.add(change.mul(mu))
}

/** W_o (sigmoid(r) wkv(k, v)). x [B, T, C] -> [B, T, C] */
function timeMix(w: TimeMix, x: tf.Tensor, tap: Tap): tf.Tensor {
  const before = earlier(x)
  const change = x.sub(before)
  const k = tap('att.hook_k', linear(w.key, blend(w.time_mix_key, before, change))) // [B, T, C]
  const v = tap('att.hook_v', linear(w.value, blend(w.time_mix_value, before, change)))
  const r = linear(w.receptance, blend(w.time_mix_receptance, before, change))
  const decay = w.time_decay.exp() // [C], > 0
  const y =
    tap === noTap
      ? wkv(decay, w.time_first, k, v)
      : tap('att.hook_wkv', wkvSeen([decay, w.time_first, k, v], tap))
  return linear(w.output, r.sigmoid().mul(y)) // [B, T, C]
}

/**
 * sigmoid(r) W_v relu(k)². x [B, T, C] -> [B, T, C], or [B, K, C] with `rows`: a position sees the one before it,
 * so rows are picked after that.
 */
function channelMix(
  w: ChannelMix,
  x: tf.Tensor,
  rows: tf.Tensor3D | undefined,
  tap: Tap
): tf.Tensor {
  const before = pick(rows, earlier(x)) // [B, T|K, C]
  const change = pick(rows, x).sub(before)
  const k = linear(w.key, blend(w.time_mix_key, before, change)) // [B, T|K, M]
  const r = linear(w.receptance, blend(w.time_mix_receptance, before, change)) // [B, T|K, C]
  const hidden = tap('mlp.hook_post', relu(k).square()) // [B, T|K, M]
  return r.sigmoid().mul(linear(w.value, hidden)) // [B, T|K, C]
}

/** x += timeMix(norm(x)); x += channelMix(norm(x)). [B, T, C] -> [B, T, C], or [B, K, C] with `rows`. */
function block(
  w: Block,
  eps: number,
  x: tf.Tensor,
  rows: tf.Tensor3D | undefined,
  tap: Tap
): tf.Tensor {
  x = tap('hook_resid_pre', x)
  const h1 = tap('ln1.hook_normalized', layerNorm(w.ln1, x, eps))
  x = x.add(tap('hook_attn_out', timeMix(w.attention, h1, tap))) // [B, T, C]
  x = tap('hook_resid_mid', x)
  const h2 = tap('ln2.hook_normalized', layerNorm(w.ln2, x, eps))
  x = pick(rows, x).add(tap('hook_mlp_out', channelMix(w.feed_forward, h2, rows, tap))) // [B, T|K, C]
  return tap('hook_resid_post', x)
}

/** RWKV-v4, src/model.py, class L2Wrap. */
const l2WrapFactor = 1e-4

/**
 * The logits [N, V], whose gradient gets `share` 1e-4 max(logits) at each row's largest entry: that of
 * sum over rows of share 1e-4 max(logits)² / 2, which keeps logits from growing without bound. The loss that is
 * reported has nothing added. The original's share is 1 / (B T), over all positions; here rows are those with a target.
 */
function l2Wrap(logits: tf.Tensor2D, share: tf.Tensor1D): tf.Tensor2D {
  const f = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc]
    save([logits, share])
    return {
      value: logits.clone(), // [N, V]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logits, share] = saved as [tf.Tensor2D, tf.Tensor1D]
        const scale = logits.max(1).mul(share).mul(l2WrapFactor) // [N]
        const largest = tf.oneHot(logits.argMax(1) as tf.Tensor1D, logits.shape[1]) // [N, V]
        return dy.add(largest.cast('float32').mul(scale.expandDims(1)))
      }
    }
  })
  return f(logits) as tf.Tensor2D
}

/** eps of the last norm, which transformers does not let anyone set. */
const lastNormEps = 1e-5

/**
 * time_decay, time_first and the blends of layer l of L, channel i of C, the same in both styles but for
 * time_first, which transformers sets to one in every channel (`ones_like` around the whole expression).
 * A single layer, for which l / (L - 1) is 0 / 0, counts as the first of many.
 */
function timeParameters(
  { nLayer: L, dModel: C, init }: RwkvConfig,
  l: number
): Record<'decay' | 'first' | 'key' | 'value' | 'receptance', Parameter> {
  const fromFirst = L === 1 ? 0 : l / (L - 1) // 0 to 1
  const toLast = 1 - l / L // 1 to 1/L
  const blendOf = (share: (i: number) => number): Parameter => along([1, 1, C], share)
  return {
    decay: along([C], (i) => -5 + 8 * (i / (C - 1)) ** (0.7 + 1.3 * fromFirst)),
    first:
      init === 'hf'
        ? constant([C], 1)
        : along([C], (i) => Math.log(0.3) + 0.5 * (((i + 1) % 3) - 1)),
    key: blendOf((i) => (i / C) ** toLast),
    value: blendOf((i) => (i / C) ** toLast + 0.3 * fromFirst),
    receptance: blendOf((i) => (i / C) ** (0.5 * toLast))
  }
}

export const rwkv: Model<RwkvConfig, RwkvWeights> = {
  /**
   * hf: maps and head U(±1/sqrt(in)), embedding N(0, 1), PyTorch's defaults, which transformers leaves alone.
   * original (RWKV-v4, src/model.py): zero for key, receptance and output of the time mix and receptance and value
   * of the channel mix; the others orthogonal with gain sqrt(out/in) where out > in, else 1; the head half of
   * that; the embedding 1e-4 sqrt(max(V, C)). Norms 1 and 0. Drawn embedding first, then blocks from input to
   * output, head last where it is its own.
   */
  parameters(config, sizes): RwkvWeights<Parameter> {
    const { nLayer, dModel: C, init } = config
    const [M, V] = [mlpWidth(config), sizes.vocabSize]
    const norm = (): Norm<Parameter> => ({ weight: constant([C], 1), bias: constant([C], 0) })
    const map = (fanOut: number, fanIn: number, scale: 0 | 0.5 | 1): Linear<Parameter> => {
      if (init === 'hf') return { weight: uniform([fanOut, fanIn], 1 / Math.sqrt(fanIn)) }
      if (scale === 0) return { weight: constant([fanOut, fanIn], 0) }
      const gain = scale * Math.sqrt(Math.max(1, fanOut / fanIn))
      return { weight: orthogonal([fanOut, fanIn], gain) }
    }
    return {
      rwkv: {
        embeddings: {
          weight:
            init === 'hf' ? normal([V, C], 1) : orthogonal([V, C], 1e-4 * Math.sqrt(Math.max(V, C)))
        },
        blocks: Array.from({ length: nLayer }, (_, l) => {
          const { decay, first, key, value, receptance } = timeParameters(config, l)
          return {
            ...(l === 0 && { pre_ln: norm() }),
            ln1: norm(),
            ln2: norm(),
            attention: {
              time_decay: decay,
              time_first: first,
              time_mix_key: key,
              time_mix_value: value,
              time_mix_receptance: receptance,
              key: map(C, C, 0),
              value: map(C, C, 1),
              receptance: map(C, C, 0),
              output: map(C, C, 0)
            },
            feed_forward: {
              time_mix_key: key,
              time_mix_receptance: key, // (i/C)^(1 - l/L) too
              key: map(M, C, 1),
              receptance: map(C, C, 0),
              value: map(C, M, 0)
            }
          }
        }),
        ln_out: norm()
      },
      ...(!config.tieHead && { head: map(V, C, 0.5) })
    }
  },

  init(config, sizes, rng) {
    return drawParameters(rwkv.parameters(config, sizes), rng)
  },

  forward(config, weights, tokens, at, tap = noTap) {
    const { embeddings, blocks } = weights.rwkv
    const rows = at && picker(at.positions, tokens.shape[1]) // [B, K, T]

    let x = tap('hook_embed', embedding(embeddings, tokens)) // [B, T, C]
    blocks.forEach((w, i) => {
      if (w.pre_ln) x = layerNorm(w.pre_ln, x, config.layerNormEps)
      // Later positions of the last channel mix feed nothing but their own logits: only the answers' are computed.
      const wanted = i === blocks.length - 1 ? rows : undefined
      x = block(w, config.layerNormEps, x, wanted, inBlock(tap, i)) // [B, T, C]; [B, K, C] after the last
    })
    return rwkv.unembed(config, weights, x, tap) as tf.Tensor3D // [B, T|K, V]
  },

  unembed(_config, { rwkv: { embeddings, ln_out }, head }, x, tap = noTap) {
    const h = tap('ln_final.hook_normalized', layerNorm(ln_out, x, lastNormEps))
    return linear(head ?? embeddings, h)
  },

  trainedLogits(config, logits, share) {
    return config.l2Wrap ? l2Wrap(logits, share) : logits
  },

  hfConfig(config, sizes) {
    return {
      architectures: ['RwkvForCausalLM'],
      model_type: 'rwkv',
      vocab_size: sizes.vocabSize,
      context_length: sizes.contextLength,
      hidden_size: config.dModel,
      attention_hidden_size: config.dModel,
      intermediate_size: mlpWidth(config),
      num_hidden_layers: config.nLayer,
      layer_norm_epsilon: config.layerNormEps,
      // Else transformers halves weights and activations every 6 layers outside training.
      rescale_every: 0,
      tie_word_embeddings: config.tieHead,
      // transformers' default is a token of its own tokenizer, outside a compact vocabulary.
      bos_token_id: null,
      eos_token_id: null,
      dtype: 'float32',
      torch_dtype: 'float32'
    }
  },

  /** Weights do not say how they were drawn and trained: `init` comes back as 'hf', `l2Wrap` as false. */
  fromHfConfig(json): { config: RwkvConfig; sizes: Sizes } {
    const hf = readHf('rwkv', json)
    const dModel = hf.size('hidden_size', 4096)
    hf.expect('attention_hidden_size', [null, dModel])
    return {
      config: {
        family: 'rwkv',
        nLayer: hf.size('num_hidden_layers', 32),
        dModel,
        dMlp: hf.optionalSize('intermediate_size'),
        init: 'hf',
        l2Wrap: false,
        tieHead: hf.flag('tie_word_embeddings', false),
        layerNormEps: hf.positive('layer_norm_epsilon', 1e-5)
      },
      sizes: {
        vocabSize: hf.size('vocab_size', 50277),
        contextLength: hf.size('context_length', 1024)
      }
    }
  }
}
