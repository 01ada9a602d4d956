/**
 * Layers: pure functions of weights and activations. Gradients are derived by hand where that saves passes over
 * memory or where an engine lacks the kernel; every function here trains on native TensorFlow, wasm and cpu.
 *
 * Letters: B rows, T positions, K answer positions, C width of the residual stream, H heads, D width of a head,
 * V vocabulary, N = any number of rows.
 */
import * as tf from '@tensorflow/tfjs'
import { tensorflowOp } from './tensorflow-op'

export type Affine<Leaf = tf.Tensor> = { readonly weight: Leaf; readonly bias: Leaf }
export type Norm<Leaf = tf.Tensor> = { readonly weight: Leaf; readonly bias: Leaf }
/** A norm without bias. */
export type Scale<Leaf = tf.Tensor> = { readonly weight: Leaf }
/** A linear map without bias, stored [out, in] as torch's. */
export type Linear<Leaf = tf.Tensor> = { readonly weight: Leaf }
export type Embedding<Leaf = tf.Tensor> = { readonly weight: Leaf }

/** Added to the scores of keys that a query must not see; exp() of it is exactly 0 in float32. */
const MASKED = -1e9

/**
 * Rows of a table: [V, C] and ids int32 of any shape -> [...ids.shape, C].
 * The gradient sums over repeated ids: a segment sum where the engine has it, else a scatter that accumulates
 * (wasm has no segment sum).
 */
export function embedding({ weight }: Embedding, ids: tf.Tensor): tf.Tensor {
  const [vocabSize, width] = weight.shape as [number, number]
  const lookup = tf.customGrad((table) => ({
    value: tf.gather(table as tf.Tensor, ids as tf.Tensor1D), // [..., C]
    gradFunc: (dy: tf.Tensor) => {
      const rows = dy.reshape([-1, width]) // [N, C]
      const flat = ids.reshape([-1]) // [N]
      return tf.getKernel('UnsortedSegmentSum', tf.getBackend())
        ? tf.unsortedSegmentSum(rows, flat as tf.Tensor1D, vocabSize) // [V, C]
        : tf.scatterND(flat.reshape([-1, 1]), rows, [vocabSize, width]) // [V, C]
    }
  }))
  return lookup(weight)
}

/** x W + b over the last axis: [..., in] -> [..., out], with W stored [in, out] (transformers' Conv1D). */
export function affine({ weight, bias }: Affine, x: tf.Tensor): tf.Tensor {
  const [fanIn, fanOut] = weight.shape as [number, number]
  const rows = x.reshape([-1, fanIn]) // [N, in]: one large product instead of B small ones
  const y = tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D).add(bias) // [N, out]
  return y.reshape([...x.shape.slice(0, -1), fanOut]) // [..., out]
}

/** x W^T over the last axis: [..., in] -> [..., out], with W stored [out, in] (transformers' Linear, embeddings). */
export function linear({ weight }: Linear | Embedding, x: tf.Tensor): tf.Tensor {
  const [fanOut, fanIn] = weight.shape as [number, number]
  const rows = x.reshape([-1, fanIn]) // [N, in]
  const y = tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D, false, true) // [N, out]
  return y.reshape([...x.shape.slice(0, -1), fanOut]) // [..., out]
}

/** Output columns `begin` to `begin + count` of an affine map, as an affine map. */
export function outputs({ weight, bias }: Affine, begin: number, count: number): Affine {
  return {
    weight: weight.slice([0, begin], [-1, count]), // [in, count]
    bias: bias.slice([begin], [count]) // [count]
  }
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias over the last axis (Ba et al. 2016, arXiv 1607.06450).
 * With h the normalised x, r = 1/sqrt(variance + eps) and g = dy * weight:
 * dx = r (g - mean(g) - h mean(g h)), dweight = sum(dy h), dbias = sum(dy).
 */
export function layerNorm({ weight, bias }: Norm, x: tf.Tensor, eps: number): tf.Tensor {
  const width = x.shape.at(-1)!
  const shape = x.shape
  const norm = tf.customGrad((...args) => {
    const [rows, scale, shift, save] = args as unknown as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc
    ]
    const centred = rows.sub(rows.mean(-1, true)) // [N, C]
    const r = centred.square().mean(-1, true).add(eps).rsqrt() // [N, 1]
    const h = centred.mul(r) // [N, C]
    save([h, r, scale])
    return {
      value: h.mul(scale).add(shift), // [N, C]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [h, r, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const dyh = dy.mul(h) // [N, C]
        const g = dy.mul(scale) // [N, C]
        const gh = g.mul(h).mean(-1, true) // [N, 1]
        const dx = g.sub(g.mean(-1, true)).sub(h.mul(gh)).mul(r) // [N, C]
        return [dx, dyh.sum(0), dy.sum(0)]
      }
    }
  })
  return norm(x.reshape([-1, width]), weight, bias).reshape(shape)
}

/**
 * x / sqrt(mean(x²) + eps) * weight over the last axis (Zhang and Sennrich 2019, arXiv 1910.07467).
 * With r = 1/sqrt(mean(x²) + eps), h = x r and g = dy * weight: dx = r (g - h mean(g h)), dweight = sum(dy h).
 */
export function rmsNorm({ weight }: Scale, x: tf.Tensor, eps: number): tf.Tensor {
  const width = x.shape.at(-1)!
  const shape = x.shape
  const norm = tf.customGrad((...args) => {
    const [rows, scale, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc]
    const r = rows.square().mean(-1, true).add(eps).rsqrt() // [N, 1]
    const h = rows.mul(r) // [N, C]
    save([h, r, scale])
    return {
      value: h.mul(scale), // [N, C]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [h, r, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
        const dyh = dy.mul(h) // [N, C]
        const gh = dyh.mul(scale).mean(-1, true) // [N, 1]
        const dx = dy.mul(scale).sub(h.mul(gh)).mul(r) // [N, C]
        return [dx, dyh.sum(0)]
      }
    }
  })
  return norm(x.reshape([-1, width]), weight).reshape(shape)
}

/**
 * GELU in its tanh form, 0.5 x (1 + tanh(u)) with u = sqrt(2/pi) (x + 0.044715 x³) (Hendrycks and Gimpel 2016,
 * arXiv 1606.08415; transformers' gelu_new). Written as x s with s = sigmoid(2u), which is the same function;
 * its derivative is s + x s (1 - s) 2u'.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  const a = 2 * Math.sqrt(2 / Math.PI)
  const b = a * 0.044715
  const f = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc]
    const s = x.mul(x.square().mul(b).add(a)).sigmoid() // sigmoid(2u), 2u = x (a + b x²)
    save([x, s])
    return {
      value: x.mul(s),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, s] = saved as [tf.Tensor, tf.Tensor]
        const xdu = x.mul(
          x
            .square()
            .mul(3 * b)
            .add(a)
        ) // x 2u' = x (a + 3b x²)
        return dy.mul(s.add(s.sub(s.square()).mul(xdu)))
      }
    }
  })
  return f(x)
}

/** max(x, 0), of gradient dy where x > 0. TensorFlow has one operation for that; tfjs's own runs five. */
export function relu(x: tf.Tensor): tf.Tensor {
  const f = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc]
    const y = tf.relu(x)
    save([y])
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) => {
        const native = tensorflowOp('ReluGrad', { T: 'float32' }, [dy, y!], 1)
        return native ? native[0]! : dy.mul(tf.cast(tf.greater(y!, 0), 'float32'))
      }
    }
  })
  return f(x)
}

/** x s with s = sigmoid(x) (SiLU, swish); its derivative is s + x s (1 - s). */
export function silu(x: tf.Tensor): tf.Tensor {
  const f = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc]
    const s = x.sigmoid()
    const y = x.mul(s)
    save([s, y])
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [s, y] = saved as [tf.Tensor, tf.Tensor]
        return dy.mul(s.add(y.sub(y.mul(s))))
      }
    }
  })
  return f(x)
}

/** What x was `by` positions earlier, zeros before the first: [B, T, C] -> [B, T, C]. */
export function earlier(x: tf.Tensor, by = 1): tf.Tensor {
  const [B, T, C] = x.shape as [number, number, number]
  if (by === 0) return x
  if (by >= T) return tf.zerosLike(x)
  return tf.pad(x.slice([0, 0, 0], [B, T - by, C]), [
    [0, 0],
    [by, 0],
    [0, 0]
  ])
}

/** 0 where query position i may look at key position j (j <= i), a huge negative number elsewhere: [T, T]. */
export function causalBias(length: number): tf.Tensor2D {
  const values = new Float32Array(length * length)
  for (let i = 0; i < length; i++) values.fill(MASKED, i * length + i + 1, (i + 1) * length)
  return tf.tensor2d(values, [length, length])
}

/**
 * One-hot matrices [B, K, T] that pick the rows `positions` [B, K] of [B, T, C]. A product with them copies
 * rows exactly and has a dense gradient on every engine.
 */
export function picker(positions: tf.Tensor2D, length: number): tf.Tensor3D {
  return oneHot(positions, length) as tf.Tensor3D
}

/** Cast rather than asked for as float32: there wasm writes the bits of an integer 1. */
function oneHot(ids: tf.Tensor, depth: number): tf.Tensor {
  return tf.oneHot(ids as tf.Tensor1D, depth).cast('float32') // [..., depth]
}

/** The picked rows of x: [B, T, C] -> [B, K, C]; also of one [T, C] shared by all rows. Without a picker, x itself. */
export function pick(rows: tf.Tensor3D | undefined, x: tf.Tensor): tf.Tensor {
  return rows === undefined ? x : tf.matMul(rows, x)
}

/** [B, T, H D] -> [B, H, T, D] */
export function splitHeads(x: tf.Tensor, nHead: number): tf.Tensor4D {
  const [B, T, C] = x.shape as [number, number, number]
  return x.reshape([B, T, nHead, C / nHead]).transpose([0, 2, 1, 3]) as tf.Tensor4D
}

/** [B, H, T, D] -> [B, T, H D] */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [B, H, T, D] = x.shape
  return x.transpose([0, 2, 1, 3]).reshape([B, T, H * D])
}

/**
 * -log softmax(logits)[label] per row: logits [N, V] float, labels [N] int32 -> [N].
 * Native TensorFlow computes loss and gradient in one pass over the logits; elsewhere the same is spelled out.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const f = tf.customGrad((...args) => {
    const [logits, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc]
    const [loss, gradient] = fusedCrossEntropy(logits, labels) ?? plainCrossEntropy(logits, labels)
    save([gradient])
    return {
      value: loss, // [N]
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved[0]!.mul(dy.expandDims(-1)) // [N, V]
    }
  })
  return f(logits) as tf.Tensor1D
}

/** [loss [N], d loss / d logits [N, V]] = [log sum exp(logits) - logits[label], softmax - onehot]. */
function plainCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): [tf.Tensor, tf.Tensor] {
  const target = oneHot(labels, logits.shape[1]) // [N, V]
  const shifted = logits.sub(logits.max(-1, true)) // [N, V], exp cannot overflow
  const exps = shifted.exp() // [N, V]
  const total = exps.sum(-1, true) // [N, 1]
  const loss = total.squeeze([-1]).log().sub(shifted.mul(target).sum(-1)) // [N]
  return [loss, exps.div(total).sub(target)]
}

/** The same from one operation of TensorFlow's. */
function fusedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D
): [tf.Tensor, tf.Tensor] | undefined {
  const types = { T: 'float32', Tlabels: 'int32' } as const
  const results = tensorflowOp('SparseSoftmaxCrossEntropyWithLogits', types, [logits, labels], 2)
  return results as [tf.Tensor, tf.Tensor] | undefined
}
