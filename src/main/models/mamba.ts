/**
 * Mamba-1 (Gu and Dao 2023, arXiv 2312.00752): blocks of one mixer and no MLP, RMSNorm before each; a mixer is a
 * short causal convolution and a selective state space whose step sizes depend on the token. No positions. Equal to
 * transformers' MambaForCausalLM on its slow path: the scan is a plain loop over positions, cheap at T <= 7.
 *
 * Letters: B rows, T positions, K answer positions, C = dModel, E = expand C inner channels, N = dState,
 * R = rank of the step sizes, V vocabulary; Δ = step size, A = decay, h = state.
 */
import * as tf from '@tensorflow/tfjs'
import type { MambaConfig } from '@shared/config'
import { dtRank } from '@shared/model-widths'
import type { Model, Sizes, Tap } from './model'
import { inBlock, noTap } from './model'
import { earlier, embedding, linear, pick, picker, rmsNorm, silu } from './layers'
import type { Affine, Embedding, Linear, Scale } from './layers'
import { along, constant, drawParameters, normal, uniform } from './params'
import type { Parameter } from './params'
import { readHf } from './hf'

/** Weights under the names of transformers; maps are stored [out, in], embeddings and head [V, C]. */
export type MambaWeights<Leaf = tf.Tensor> = {
  readonly backbone: {
    readonly embeddings: Embedding<Leaf>
    readonly layers: readonly { readonly norm: Scale<Leaf>; readonly mixer: Mixer<Leaf> }[]
    readonly norm_f: Scale<Leaf>
  }
  /** Absent when the head is tied to `embeddings`. */
  readonly lm_head?: Embedding<Leaf>
}

type Mixer<Leaf = tf.Tensor> = {
  /** log of -A [E, N], and the share of the input that passes by the state [E]. */
  readonly A_log: Leaf
  readonly D: Leaf
  /** One filter per channel: weight [E, 1, width], oldest position first, and bias [E]. */
  readonly conv1d: Affine<Leaf>
  /** [2E, C]: inputs of the convolution, then gates. */
  readonly in_proj: Linear<Leaf>
  /** [R + 2N, E]: what becomes the step sizes, then B, then C of the state space. */
  readonly x_proj: Linear<Leaf>
  /** [E, R] and [E] */
  readonly dt_proj: Affine<Leaf>
  readonly out_proj: Linear<Leaf>
}

/** y_t = bias + sum_j weight_j x_{t - (width - 1) + j}, zeros before the first position. [B, T, E] -> [B, T, E] */
export function causalConv({ weight, bias }: Affine, x: tf.Tensor): tf.Tensor {
  const taps = tf.unstack(weight.squeeze([1]), 1) // width x [E]
  return taps.reduce((y, w, j) => y.add(earlier(x, taps.length - 1 - j).mul(w)), bias)
}

type ScanInputs = [A: tf.Tensor, delta: tf.Tensor, b: tf.Tensor, c: tf.Tensor, dx: tf.Tensor]

/** What a position brings: its step sizes delta [B, E], its input and write weights: dx = Δ x [B, E], b [B, N]. */
interface Step {
  readonly delta: tf.Tensor
  readonly b: tf.Tensor
  readonly dx: tf.Tensor
}

/** exp(Δ A), how much of the state stays: [B, N, E]. A [N, E]. */
function decayOf(A: tf.Tensor, delta: tf.Tensor): tf.Tensor {
  return delta.expandDims(1).mul(A).exp()
}

/** Column [B, N, 1] times row [B, 1, E]: [B, N, E]. */
function outer(column: tf.Tensor, row: tf.Tensor): tf.Tensor {
  return tf.matMul(column.expandDims(2), row.expandDims(1))
}

/** h = exp(Δ A) h + (Δ x) b^T (Gu and Dao 2023, equation 2a; A exactly, b by Euler's rule): [B, N, E]. */
function advance(A: tf.Tensor, { delta, b, dx }: Step, h: tf.Tensor | null): tf.Tensor {
  const written = outer(b, dx)
  return h ? decayOf(A, delta).mul(h).add(written) : written
}

/** y = c h: what c [B, N] reads of the state: [B, E]. */
function readOut(c: tf.Tensor, h: tf.Tensor): tf.Tensor {
  return tf.matMul(c.expandDims(1), h).squeeze([1])
}

/** Per position, T of each. */
function steps(delta: tf.Tensor, b: tf.Tensor, dx: tf.Tensor): Step[] {
  const [bs, dxs] = [tf.unstack(b, 1), tf.unstack(dx, 1)]
  return tf.unstack(delta, 1).map((delta, t) => ({ delta, b: bs[t]!, dx: dxs[t]! }))
}

/**
 * y_t = c_t h_t over the recurrence above, from an empty state. A [N, E], delta and dx [B, T, E], b and c [B, T, N]
 * -> [B, T, E].
 *
 * Backwards, with s_t = dy_t c_t^T + exp(Δ_{t+1} A) s_{t+1} the gradient of h_t: dc_t = h_t dy_t, db_t = s_t dx_t,
 * ddx_t = b_t s_t, and with z_t = s_t exp(Δ_t A) h_{t-1} the gradient of Δ_t A: dΔ_t = sum_N z_t A,
 * dA = sum_t,B z_t Δ_t. States [B, N, E] are the only large tensors kept; decays are computed anew.
 */
export function scan(...inputs: ScanInputs): tf.Tensor {
  const f = tf.customGrad((...args) => {
    const [A, delta, b, c, dx, save] = args as unknown as [...ScanInputs, tf.GradSaveFunc]
    const states: tf.Tensor[] = []
    for (const step of steps(delta, b, dx)) {
      states.push(tf.tidy(() => advance(A, step, states.at(-1) ?? null)))
    }
    save([A, delta, b, c, dx, ...states])
    const ys = tf.unstack(c, 1).map((c, t) => readOut(c, states[t]!))
    return { value: tf.stack(ys, 1), gradFunc: scanGradient }
  })
  return f(...inputs)
}

/** [dA, dΔ, db, dc, ddx] from dy [B, T, E] and what `scan` saved. */
function scanGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [A, delta, b, c, dx, ...states] = saved as [...ScanInputs, ...tf.Tensor[]]
  const [dys, cs] = [tf.unstack(dy, 1), tf.unstack(c, 1)]
  const own: [delta: tf.Tensor, b: tf.Tensor, c: tf.Tensor, dx: tf.Tensor][] = []
  let dA = tf.zerosLike(A.expandDims(0)) // [B, N, E] from the first z on, summed over B at the end
  let carried: tf.Tensor | null = null // exp(Δ_{t+1} A) s_{t+1} [B, N, E]
  for (const [t, step] of [...steps(delta, b, dx).entries()].reverse()) {
    const later: tf.Tensor | null = carried
    const s: tf.Tensor = tf.tidy(() => {
      const fresh = outer(cs[t]!, dys[t]!)
      return later ? fresh.add(later) : fresh // [B, N, E]
    })
    const [db, dc, ddx] = [
      tf.matMul(s, step.dx.expandDims(2)).squeeze([2]), // [B, N]
      tf.matMul(states[t]!, dys[t]!.expandDims(2)).squeeze([2]), // [B, N]
      readOut(step.b, s) // [B, E]
    ]
    // Large tensors go at once: they would else stay until all gradients are known.
    later?.dispose()
    if (t === 0) {
      own.unshift([tf.zerosLike(step.delta), db, dc, ddx]) // no state came before
      s.dispose()
      break
    }
    const kept = tf.tidy(() => decayOf(A, step.delta).mul(s)) // [B, N, E]
    const z = kept.mul(states[t - 1]!) // [B, N, E]
    const total = tf.tidy(() => dA.add(z.mul(step.delta.expandDims(1)))) // [B, N, E]
    own.unshift([tf.tidy(() => z.mul(A).sum(1)), db, dc, ddx])
    tf.dispose([s, z, dA])
    carried = kept
    dA = total
  }
  const all = ([0, 1, 2, 3] as const).map((i) =>
    tf.stack(
      own.map((step) => step[i]),
      1
    )
  ) // [B, T, E | N | N | E]
  return [dA.sum(0), ...all]
}

/** The same for whoever looks: each state [B, E, N] passes the tap on its way to the next position. */
function scanSeen([A, delta, b, c, dx]: ScanInputs, tap: Tap): tf.Tensor {
  const cs = tf.unstack(c, 1) // T x [B, N]
  let h: tf.Tensor | null = null
  const ys = steps(delta, b, dx).map((step, t) => {
    const state = advance(A, step, h).transpose([0, 2, 1]) // [B, E, N]
    h = tap(`mixer.hook_ssm_state.${t}`, state).transpose([0, 2, 1])
    return readOut(cs[t]!, h)
  })
  return tf.stack(ys, 1) // [B, T, E]
}

/**
 * W_out (y silu(z)) with x, z = W_in u, x = silu(conv(x)), y = scan(x) + D x. u [B, T, C] -> [B, T, C], or [B, K, C]
 * with `rows`: gates and output for the picked positions only.
 */
function mixer(
  w: Mixer,
  config: MambaConfig,
  u: tf.Tensor,
  rows: tf.Tensor3D | undefined,
  tap: Tap
): tf.Tensor {
  const [R, N] = [dtRank(config), config.dState]
  const [toConv, toGate] = tf.split(w.in_proj.weight, 2, 0) as [tf.Tensor, tf.Tensor] // 2 x [E, C]
  const z = linear({ weight: toGate }, pick(rows, u)) // [B, T|K, E]
  const seen = tap('mixer.hook_conv_in', linear({ weight: toConv }, u)) // [B, T, E]
  const x = tap('mixer.hook_x', silu(causalConv(w.conv1d, seen))) // [B, T, E]
  const [low, writes, reads] = tf.split(linear(w.x_proj, x), [R, N, N], -1) as [
    tf.Tensor, // [B, T, R]
    tf.Tensor, // [B, T, N]
    tf.Tensor // [B, T, N]
  ]
  const delta = tap('mixer.hook_delta', tf.softplus(linear(w.dt_proj, low).add(w.dt_proj.bias))) // [B, T, E]
  const b = tap('mixer.hook_B', writes) // [B, T, N]
  const c = tap('mixer.hook_C', reads) // [B, T, N]
  const A = w.A_log.exp().neg().transpose() // [N, E]
  const dx = delta.mul(x) // [B, T, E]
  const read =
    tap === noTap
      ? scan(A, delta, b, c, dx)
      : tap('mixer.hook_y', scanSeen([A, delta, b, c, dx], tap)) // [B, T, E]
  const y = pick(rows, read.add(x.mul(w.D))) // [B, T|K, E]
  return linear(w.out_proj, y.mul(silu(z))) // [B, T|K, C]
}

export const mamba: Model<MambaConfig, MambaWeights> = {
  /**
   * A_log = ln(1..N) in every channel, D 1, dt_proj U(±R^-1/2) with a bias whose softplus is log-uniform in
   * [0.001, 0.1], norms 1; in_proj, x_proj, out_proj, conv1d and an untied head U(±1/sqrt(in)), PyTorch's default.
   * hf: embedding N(0, 0.1²). original (mamba_ssm): embedding N(0, 0.02²), out_proj divided by sqrt(nLayer).
   * Drawn embedding first, then layers from input to output, head last where it is its own.
   */
  parameters(config, sizes): MambaWeights<Parameter> {
    const { nLayer, dModel: C, dState: N, dConv, init } = config
    const [E, R, V] = [config.expand * C, dtRank(config), sizes.vocabSize]
    const norm = (): Scale<Parameter> => ({ weight: constant([C], 1) })
    const map = (fanOut: number, fanIn: number, scale = 1): Linear<Parameter> => ({
      weight: uniform([fanOut, fanIn], scale / Math.sqrt(fanIn))
    })
    const outScale = init === 'original' ? 1 / Math.sqrt(nLayer) : 1
    return {
      backbone: {
        embeddings: { weight: normal([V, C], init === 'original' ? 0.02 : 0.1) },
        layers: Array.from({ length: nLayer }, () => ({
          mixer: {
            A_log: along([E, N], (n) => Math.log(n + 1)),
            D: constant([E], 1),
            conv1d: {
              weight: uniform([E, 1, dConv], 1 / Math.sqrt(dConv)),
              bias: uniform([E], 1 / Math.sqrt(dConv))
            },
            in_proj: map(2 * E, C),
            x_proj: map(R + 2 * N, E),
            dt_proj: { ...map(E, R), bias: along([E], (_, rng) => stepBias(rng.uniform())) },
            out_proj: map(C, E, outScale)
          },
          norm: norm()
        })),
        norm_f: norm()
      },
      ...(!config.tieHead && { lm_head: map(V, C) })
    }
  },

  init(config, sizes, rng) {
    return drawParameters(mamba.parameters(config, sizes), rng)
  },

  forward(config, weights, tokens, at, tap = noTap) {
    const { embeddings, layers } = weights.backbone
    const rows = at && picker(at.positions, tokens.shape[1]) // [B, K, T]

    let x = embedding(embeddings, tokens) // [B, T, C]
    layers.forEach((w, i) => {
      const inside = inBlock(tap, i)
      x = inside('hook_resid_pre', x)
      // Later positions of the last output feed nothing but their own logits: only the answers' are computed.
      const wanted = i === layers.length - 1 ? rows : undefined
      const m = mixer(w.mixer, config, rmsNorm(w.norm, x, config.rmsNormEps), wanted, inside)
      x = pick(wanted, x).add(inside('hook_attn_out', m)) // [B, T, C]; [B, K, C] after the last
      x = inside('hook_resid_post', x)
    })
    return mamba.unembed(config, weights, x, tap) as tf.Tensor3D // [B, T|K, V]
  },

  unembed(config, { backbone: { embeddings, norm_f }, lm_head }, x, tap = noTap) {
    const h = tap('ln_final.hook_normalized', rmsNorm(norm_f, x, config.rmsNormEps))
    return linear(lm_head ?? embeddings, h)
  },

  hfConfig(config, sizes) {
    return {
      architectures: ['MambaForCausalLM'],
      model_type: 'mamba',
      vocab_size: sizes.vocabSize,
      // Not a key of transformers, which knows no longest sequence here; it keeps what it does not know.
      context_length: sizes.contextLength,
      hidden_size: config.dModel,
      num_hidden_layers: config.nLayer,
      state_size: config.dState,
      conv_kernel: config.dConv,
      expand: config.expand,
      intermediate_size: config.expand * config.dModel,
      time_step_rank: dtRank(config),
      layer_norm_epsilon: config.rmsNormEps,
      hidden_act: 'silu',
      use_bias: false,
      use_conv_bias: true,
      residual_in_fp32: true,
      initializer_range: config.init === 'original' ? 0.02 : 0.1,
      rescale_prenorm_residual: config.init === 'original',
      tie_word_embeddings: config.tieHead,
      // transformers' defaults are tokens of its own tokenizer.
      bos_token_id: null,
      eos_token_id: null,
      pad_token_id: null,
      dtype: 'float32',
      torch_dtype: 'float32'
    }
  },

  /** `init` comes back as 'original' where the residual projections were rescaled, which is its mark. */
  fromHfConfig(json): { config: MambaConfig; sizes: Sizes } {
    const hf = readHf('mamba', json)
    hf.expect('hidden_act', ['silu', 'swish'])
    hf.expect('use_bias', [false])
    hf.expect('use_conv_bias', [true])
    const dModel = hf.size('hidden_size', 768)
    const expand = hf.size('expand', 2)
    hf.expect('intermediate_size', [expand * dModel])
    return {
      config: {
        family: 'mamba',
        nLayer: hf.size('num_hidden_layers', 32),
        dModel,
        dState: hf.size('state_size', 16),
        expand,
        dConv: hf.size('conv_kernel', 4),
        dtRank: json['time_step_rank'] === 'auto' ? null : hf.optionalSize('time_step_rank'),
        init: hf.flag('rescale_prenorm_residual', false) ? 'original' : 'hf',
        tieHead: hf.flag('tie_word_embeddings', true),
        rmsNormEps: hf.positive('layer_norm_epsilon', 1e-5)
      },
      sizes: {
        vocabSize: hf.size('vocab_size', 50280),
        contextLength: hf.size('context_length', Number.MAX_SAFE_INTEGER)
      }
    }
  }
}

/** The x with softplus(x) = exp(ln 0.001 + share (ln 0.1 - ln 0.001)), at least 0.0001 (mamba_simple.py). */
function stepBias(share: number): number {
  const dt = Math.max(Math.exp(Math.log(0.001) + share * Math.log(100)), 1e-4)
  return dt + Math.log(-Math.expm1(-dt))
}
