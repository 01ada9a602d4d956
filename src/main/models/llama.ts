/**
 * LLaMA (Touvron et al. 2023, arXiv 2302.13971): pre-norm blocks with RMSNorm, rotary positions (RoPE), a gated
 * MLP (SwiGLU), no biases, heads of keys and values shared by groups of query heads where asked (Ainslie et al.
 * 2023, arXiv 2305.13245), head untied by default. Equal to transformers' LlamaForCausalLM. RoPE turns the pairs
 * (j, j + D/2), as transformers does; Meta's code turns (2j, 2j + 1), the same up to a fixed permutation of the
 * rows of q_proj and k_proj. Scaled RoPE, biases and key/value caches are not here.
 *
 * Letters: B rows, T positions, K answer positions, C = dModel, H = nHead, G = key/value heads, D = C/H,
 * M = MLP width, V vocabulary.
 */
import * as tf from '@tensorflow/tfjs'
import type { LlamaConfig } from '@shared/config'
import { gatedWidth, kvHeads } from '@shared/model-widths'
import type { Model, Sizes, Tap } from './model'
import { inBlock, noTap } from './model'
import {
  causalBias,
  embedding,
  joinHeads,
  linear,
  pick,
  picker,
  rmsNorm,
  silu,
  splitHeads
} from './layers'
import type { Embedding, Linear, Scale } from './layers'
import { dropper } from './dropout'
import { constant, drawParameters, normal } from './params'
import type { Parameter } from './params'
import { readHf } from './hf'

/** Weights under the names of transformers; all maps are stored [out, in], embeddings and head [V, C]. */
export type LlamaWeights<Leaf = tf.Tensor> = {
  readonly model: {
    readonly embed_tokens: Embedding<Leaf>
    readonly layers: readonly Block<Leaf>[]
    readonly norm: Scale<Leaf>
  }
  /** Absent when the head is tied to `embed_tokens`. */
  readonly lm_head?: Embedding<Leaf>
}

type Block<Leaf = tf.Tensor> = {
  readonly self_attn: Attention<Leaf>
  readonly mlp: Mlp<Leaf>
  readonly input_layernorm: Scale<Leaf>
  readonly post_attention_layernorm: Scale<Leaf>
}
type Attention<Leaf = tf.Tensor> = {
  readonly q_proj: Linear<Leaf>
  readonly k_proj: Linear<Leaf>
  readonly v_proj: Linear<Leaf>
  readonly o_proj: Linear<Leaf>
}
type Mlp<Leaf = tf.Tensor> = {
  readonly gate_proj: Linear<Leaf>
  readonly up_proj: Linear<Leaf>
  readonly down_proj: Linear<Leaf>
}

/** Cosines and sines of the angles by which RoPE turns each entry of a head, [T, D] or [B, K, D]. */
interface Turn {
  readonly cos: tf.Tensor
  readonly sin: tf.Tensor
}

/** Angle t theta^(-2j/D) for position t and the pair of entries j and j + D/2 (Su et al. 2021, arXiv 2104.09864). */
export function rotaryTurn(length: number, headWidth: number, theta: number): Turn {
  const half = headWidth / 2
  const angles = Float64Array.from({ length: length * headWidth }, (_, n) => {
    const [t, j] = [Math.floor(n / headWidth), n % half]
    return t * theta ** ((-2 * j) / headWidth)
  })
  const table = (f: (x: number) => number): tf.Tensor =>
    tf.tensor(Float32Array.from(angles, f), [length, headWidth])
  return { cos: table(Math.cos), sin: table(Math.sin) }
}

/**
 * Turns every pair (x1, x2) of entries j and j + D/2 into (x1 cos - x2 sin, x2 cos + x1 sin). The gradient turns
 * back by the same angles. x [B, H, T, D] with cos and sin [T, D] or [B, 1, T, D].
 */
export function rotate(x: tf.Tensor, { cos, sin }: Turn): tf.Tensor {
  const turned = (x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor => {
    const [x1, x2] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor] // 2 x [.., D/2]
    return x.mul(cos).add(tf.concat([x2.neg(), x1], -1).mul(sin)) // [.., D]
  }
  const f = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc]
    save([cos, sin])
    return {
      value: turned(x, cos, sin),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => turned(dy, saved[0]!, saved[1]!.neg())
    }
  })
  return f(x)
}

/**
 * softmax(q k^T / sqrt(D) + causal mask) v with turned queries and keys; query head h reads key/value head
 * floor(h G / H). x [B, T, C] -> [B, T, C], or [B, K, C] with `rows`: keys and values are computed for all T
 * positions, queries and everything after them only for the K picked ones.
 */
function attention(
  w: Attention,
  config: LlamaConfig,
  x: tf.Tensor,
  rows: tf.Tensor3D | undefined,
  tap: Tap,
  drop: (x: tf.Tensor) => tf.Tensor
): tf.Tensor {
  const [B, T, C] = x.shape as [number, number, number]
  const [H, G] = [config.nHead, kvHeads(config)]
  const D = C / H
  const turn = rotaryTurn(T, D, config.ropeTheta) // [T, D]
  const turnQ = rows
    ? { cos: pick(rows, turn.cos).expandDims(1), sin: pick(rows, turn.sin).expandDims(1) } // [B, 1, K, D]
    : turn
  const q = rotate(splitHeads(linear(w.q_proj, pick(rows, x)), H), turnQ) // [B, H, T|K, D]
  const k = rotate(splitHeads(linear(w.k_proj, x), G), turn) // [B, G, T, D]
  const v = splitHeads(linear(w.v_proj, x), G) // [B, G, T, D]

  // The H/G query heads of a group are neighbours: side by side they are one head with that many more queries.
  const Q = q.shape[2]!
  const grouped = [B, G, (H / G) * Q]
  const bias = pick(rows, causalBias(T)) // [T, T] or [B, K, T]
  const scores = tf
    .matMul(q.reshape([...grouped, D]), k, false, true) // [B, G, (H/G) T|K, T]
    .reshape([B, H, Q, T])
    .mul(1 / Math.sqrt(D))
    .add(rows ? bias.expandDims(1) : bias)
  const pattern = tap('attn.hook_pattern', tf.softmax(scores)) // [B, H, T|K, T]
  const z = tf.matMul(drop(pattern).reshape([...grouped, T]), v) // [B, G, (H/G) T|K, D]
  return linear(w.o_proj, joinHeads(z.reshape([B, H, Q, D]))) // [B, T|K, C]
}

/** W_down (silu(W_gate x) * W_up x) (Shazeer 2020, arXiv 2002.05202): [.., C] -> [.., M] -> [.., C] */
function mlp(w: Mlp, x: tf.Tensor, tap: Tap): tf.Tensor {
  const hidden = silu(linear(w.gate_proj, x)).mul(linear(w.up_proj, x)) // [.., M]
  return linear(w.down_proj, tap('mlp.hook_post', hidden))
}

/**
 * x += attention(norm(x)); x += mlp(norm(x)), with dropout on the attention weights alone, as transformers has it.
 * [B, T, C] -> [B, T, C], or [B, K, C] with `rows`.
 */
function block(
  w: Block,
  config: LlamaConfig,
  x: tf.Tensor,
  rows: tf.Tensor3D | undefined,
  tap: Tap,
  drop: (x: tf.Tensor) => tf.Tensor
): tf.Tensor {
  const eps = config.rmsNormEps
  x = tap('hook_resid_pre', x)
  const a = attention(w.self_attn, config, rmsNorm(w.input_layernorm, x, eps), rows, tap, drop)
  x = pick(rows, x).add(tap('hook_attn_out', a)) // [B, T|K, C]
  x = tap('hook_resid_mid', x)
  const m = mlp(w.mlp, rmsNorm(w.post_attention_layernorm, x, eps), tap)
  x = x.add(tap('hook_mlp_out', m))
  return tap('hook_resid_post', x)
}

export const llama: Model<LlamaConfig, LlamaWeights> = {
  /**
   * All matrices N(0, std²), those back into the residual stream included, norms 1 (transformers'
   * LlamaPreTrainedModel._init_weights). Drawn embedding first, then blocks from input to output, head last where
   * it is its own.
   */
  parameters(config, sizes): LlamaWeights<Parameter> {
    const { nLayer, dModel: C, initStd: std } = config
    const [G, D, M] = [kvHeads(config), C / config.nHead, gatedWidth(config)]
    const norm = (): Scale<Parameter> => ({ weight: constant([C], 1) })
    const map = (fanOut: number, fanIn: number): Linear<Parameter> => ({
      weight: normal([fanOut, fanIn], std)
    })
    return {
      model: {
        embed_tokens: map(sizes.vocabSize, C),
        layers: Array.from({ length: nLayer }, () => ({
          self_attn: {
            q_proj: map(C, C),
            k_proj: map(G * D, C),
            v_proj: map(G * D, C),
            o_proj: map(C, C)
          },
          mlp: { gate_proj: map(M, C), up_proj: map(M, C), down_proj: map(C, M) },
          input_layernorm: norm(),
          post_attention_layernorm: norm()
        })),
        norm: norm()
      },
      ...(!config.tieHead && { lm_head: map(sizes.vocabSize, C) })
    }
  },

  init(config, sizes, rng) {
    return drawParameters(llama.parameters(config, sizes), rng)
  },

  forward(config, weights, tokens, at, tap = noTap, noise) {
    const { embed_tokens, layers } = weights.model
    const rows = at && picker(at.positions, tokens.shape[1]) // [B, K, T]

    const drop = dropper(config.dropout, noise)
    let x = embedding(embed_tokens, tokens) // [B, T, C]
    layers.forEach((w, i) => {
      // Later positions of the last block feed nothing but their own logits: only the answers' are computed.
      const wanted = i === layers.length - 1 ? rows : undefined
      x = block(w, config, x, wanted, inBlock(tap, i), (pattern) => drop(i, pattern)) // [B, T, C]; [B, K, C] after the last
    })
    return llama.unembed(config, weights, x, tap) as tf.Tensor3D // [B, T|K, V]
  },

  unembed(config, { model: { embed_tokens, norm }, lm_head }, x, tap = noTap) {
    const h = tap('ln_final.hook_normalized', rmsNorm(norm, x, config.rmsNormEps))
    return linear(lm_head ?? embed_tokens, h)
  },

  hfConfig(config, sizes) {
    return {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: sizes.vocabSize,
      max_position_embeddings: sizes.contextLength,
      hidden_size: config.dModel,
      num_hidden_layers: config.nLayer,
      num_attention_heads: config.nHead,
      num_key_value_heads: kvHeads(config),
      head_dim: config.dModel / config.nHead,
      intermediate_size: gatedWidth(config),
      hidden_act: 'silu',
      rope_theta: config.ropeTheta,
      rms_norm_eps: config.rmsNormEps,
      initializer_range: config.initStd,
      tie_word_embeddings: config.tieHead,
      attention_bias: false,
      mlp_bias: false,
      attention_dropout: config.dropout,
      // transformers' defaults are tokens of its own tokenizer, outside a compact vocabulary.
      bos_token_id: null,
      eos_token_id: null,
      dtype: 'float32',
      torch_dtype: 'float32'
    }
  },

  /** Widths and head counts come back as numbers, never as null: transformers has other defaults for them. */
  fromHfConfig(json): { config: LlamaConfig; sizes: Sizes } {
    const hf = readHf('llama', json)
    hf.expect('hidden_act', ['silu', 'swish'])
    hf.expect('rope_scaling', [null])
    hf.expect('attention_bias', [false])
    hf.expect('mlp_bias', [false])
    const dModel = hf.size('hidden_size', 4096)
    const nHead = hf.size('num_attention_heads', 32)
    if (dModel % (2 * nHead) !== 0) {
      hf.refuse('hidden_size', `a multiple of 2 x num_attention_heads (${2 * nHead})`)
    }
    const nKvHead = hf.optionalSize('num_key_value_heads') ?? nHead
    if (nHead % nKvHead !== 0) {
      hf.refuse('num_key_value_heads', `a divisor of num_attention_heads (${nHead})`)
    }
    hf.expect('head_dim', [null, dModel / nHead])
    return {
      config: {
        family: 'llama',
        nLayer: hf.size('num_hidden_layers', 32),
        dModel,
        nHead,
        nKvHead,
        dMlp: hf.size('intermediate_size', 11008),
        ropeTheta: hf.positive('rope_theta', 10000),
        dropout: hf.share('attention_dropout', 0),
        initStd: hf.positive('initializer_range', 0.02),
        tieHead: hf.flag('tie_word_embeddings', false),
        rmsNormEps: hf.positive('rms_norm_eps', 1e-6)
      },
      sizes: {
        vocabSize: hf.size('vocab_size', 32000),
        contextLength: hf.size('max_position_embeddings', 2048)
      }
    }
  }
}
