/**
 * The model families' settings. Defaults are the full setting of the study: 8 layers of width 768, and for
 * the rest what transformers takes, from which the study's models came (the one-layer transformer: Nanda et al.).
 * Paths of one name mean the same in every family and have the same limits.
 */
import { z } from 'zod'
import { field } from './field'

/** Fields that mean the same in every family, with limits, so that a setting survives a change of family. */
const nLayer = z.int().min(1).max(48)
const dModel = z.int().min(4).max(4096)
const nHead = z.int().min(1).max(64)
const dMlp = z.int().min(1).max(16384).nullable().default(null)
const initStd = z.number().positive().max(1)
const normEps = z.number().positive().max(0.1)
const dropout = (where: string, source: string): z.ZodDefault<z.ZodNumber> =>
  field(z.number().min(0).lt(1).default(0), {
    label: 'Dropout',
    help: `Probability with which ${where} is set to 0 in a training step; evaluation has none.`,
    group: 'model',
    source
  })
const tieHead = (tied: boolean): z.ZodDefault<z.ZodBoolean> =>
  field(z.boolean().default(tied), {
    label: 'Tied head',
    help: 'The output head shares the token embedding.',
    group: 'model',
    advanced: true
  })

export const Gpt2Config = z.strictObject({
  family: z.literal('gpt2').default('gpt2'),
  nLayer: field(nLayer.default(8), {
    label: 'Layers',
    help: 'Number of transformer blocks.',
    group: 'model'
  }),
  dModel: field(dModel.default(768), {
    label: 'Width d',
    log: true,
    help: 'Width of the residual stream. A multiple of the number of heads.',
    group: 'model'
  }),
  nHead: field(nHead.default(12), {
    label: 'Heads',
    help: 'Attention heads per block.',
    group: 'model'
  }),
  passes: field(z.int().min(1).max(8).default(1), {
    label: 'Passes',
    help: 'How often the blocks are applied one after the other, with the same weights; above 1, depth without parameters.',
    group: 'model',
    advanced: true,
    source: 'Wang et al. 2024, appendix E.2'
  }),
  dMlp: field(dMlp, {
    label: 'MLP width',
    log: true,
    help: 'Hidden width of the MLP; empty means 4 × d.',
    group: 'model',
    advanced: true
  }),
  dropout: dropout(
    'an entry of the embedding, of the attention weights and of what each block adds',
    "The study's slides say none; the reference command leaves it at 0.1"
  ),
  initStd: field(initStd.default(0.02), {
    label: 'Initial std',
    log: true,
    help: 'Standard deviation of the initial weights; residual projections are divided by √(2 × layers).',
    group: 'model',
    advanced: true
  }),
  tieHead: tieHead(true),
  layerNormEps: field(normEps.default(1e-5), {
    label: 'LayerNorm ε',
    help: 'Added to the variance inside LayerNorm.',
    group: 'model',
    advanced: true
  })
})
export type Gpt2Config = z.infer<typeof Gpt2Config>

export const LlamaConfig = z.strictObject({
  family: z.literal('llama'),
  nLayer: field(nLayer.default(8), {
    label: 'Layers',
    help: 'Number of transformer blocks.',
    group: 'model'
  }),
  dModel: field(dModel.default(768), {
    label: 'Width d',
    log: true,
    help: 'Width of the residual stream. A multiple of the number of heads, with an even width per head.',
    group: 'model'
  }),
  nHead: field(nHead.default(12), {
    label: 'Heads',
    help: 'Query heads per block.',
    group: 'model'
  }),
  nKvHead: field(z.int().min(1).max(64).nullable().default(null), {
    label: 'Key/value heads',
    help: 'Heads of keys and values, each shared by a group of query heads; empty means one per query head.',
    group: 'model',
    advanced: true,
    source: 'Ainslie et al. 2023, arXiv 2305.13245'
  }),
  dMlp: field(dMlp, {
    label: 'MLP width',
    log: true,
    help: 'Hidden width of the MLP; empty means two thirds of 4 × d, rounded up to a multiple of 256.',
    group: 'model',
    advanced: true,
    source: 'facebookresearch/llama'
  }),
  ropeTheta: field(z.number().min(1).max(1e9).default(10000), {
    label: 'RoPE base θ',
    log: true,
    help: 'Pair j of a head turns by θ^(−2j/D) per position.',
    group: 'model',
    advanced: true,
    source: 'Su et al. 2021, arXiv 2104.09864'
  }),
  dropout: dropout('an attention weight', 'transformers, attention_dropout; the study has none'),
  initStd: field(initStd.default(0.02), {
    label: 'Initial std',
    log: true,
    help: 'Standard deviation of the initial weights, residual projections included.',
    group: 'model',
    advanced: true,
    source: 'transformers'
  }),
  tieHead: tieHead(false),
  rmsNormEps: field(normEps.default(1e-6), {
    label: 'RMSNorm ε',
    help: 'Added to the mean square inside RMSNorm.',
    group: 'model',
    advanced: true,
    source: 'transformers'
  })
})
export type LlamaConfig = z.infer<typeof LlamaConfig>

export const RwkvConfig = z.strictObject({
  family: z.literal('rwkv'),
  nLayer: field(nLayer.default(8), {
    label: 'Layers',
    help: 'Number of blocks, each a time mix and a channel mix.',
    group: 'model'
  }),
  dModel: field(dModel.default(768), {
    label: 'Width d',
    log: true,
    help: 'Width of the residual stream and of the recurrent state.',
    group: 'model'
  }),
  dMlp: field(dMlp, {
    label: 'Channel-mix width',
    log: true,
    help: 'Hidden width of the channel mix; empty means 4 × d.',
    group: 'model',
    advanced: true
  }),
  init: field(z.enum(['hf', 'original']).default('hf'), {
    label: 'Initial weights',
    help: "hf: transformers', PyTorch's default matrices, embedding N(0, 1) and time_first all ones. original: RWKV-LM's, zero and orthogonal matrices, a tiny embedding and time_first in a zigzag around ln 0.3.",
    group: 'model',
    advanced: true,
    source: 'transformers; BlinkDL/RWKV-LM, RWKV-v4'
  }),
  l2Wrap: field(z.boolean().default(false), {
    label: 'L2Wrap',
    help: "Adds 10⁻⁴ × the largest logit to that logit's gradient at every target, as the authors train; transformers and the study leave it out.",
    group: 'model',
    advanced: true,
    source: 'BlinkDL/RWKV-LM, RWKV-v4, src/model.py'
  }),
  tieHead: tieHead(false),
  layerNormEps: field(normEps.default(1e-5), {
    label: 'LayerNorm ε',
    help: 'Added to the variance inside the LayerNorms of the blocks; the final one has 1e-5.',
    group: 'model',
    advanced: true
  })
})
export type RwkvConfig = z.infer<typeof RwkvConfig>

export const MambaConfig = z.strictObject({
  family: z.literal('mamba'),
  nLayer: field(nLayer.default(8), {
    label: 'Layers',
    help: "Number of blocks. A block has no MLP and about half of a transformer block's parameters.",
    group: 'model'
  }),
  dModel: field(dModel.default(768), {
    label: 'Width d',
    log: true,
    help: 'Width of the residual stream.',
    group: 'model'
  }),
  dState: field(z.int().min(1).max(256).default(16), {
    label: 'State size',
    help: 'Numbers that each inner channel remembers.',
    group: 'model',
    source: 'Gu and Dao 2023, arXiv 2312.00752'
  }),
  expand: field(z.int().min(1).max(8).default(2), {
    label: 'Expansion',
    help: 'Inner channels per channel of the residual stream.',
    group: 'model',
    advanced: true
  }),
  dConv: field(z.int().min(1).max(16).default(4), {
    label: 'Convolution width',
    help: 'Positions that the causal convolution sees, its own included.',
    unit: 'tokens',
    group: 'model',
    advanced: true
  }),
  dtRank: field(z.int().min(1).max(4096).nullable().default(null), {
    label: 'Rank of Δ',
    help: 'Numbers from which the step sizes of all inner channels are made; empty means d / 16, rounded up.',
    group: 'model',
    advanced: true
  }),
  init: field(z.enum(['hf', 'original']).default('hf'), {
    label: 'Initial weights',
    help: "hf: transformers', embedding N(0, 0.1²). original: mamba_ssm's, embedding N(0, 0.02²), output projections divided by √layers.",
    group: 'model',
    advanced: true,
    source: 'transformers; state-spaces/mamba'
  }),
  tieHead: tieHead(true),
  rmsNormEps: field(normEps.default(1e-5), {
    label: 'RMSNorm ε',
    help: 'Added to the mean square inside RMSNorm.',
    group: 'model',
    advanced: true
  })
})
export type MambaConfig = z.infer<typeof MambaConfig>

export const Transformer1Config = z.strictObject({
  family: z.literal('transformer1'),
  nLayer: field(nLayer.default(1), {
    label: 'Layers',
    help: 'Number of blocks; Nanda et al. have one.',
    group: 'model'
  }),
  dModel: field(dModel.default(128), {
    label: 'Width d',
    log: true,
    help: 'Width of the residual stream.',
    group: 'model',
    source: 'Nanda et al. 2023, arXiv 2301.05217'
  }),
  nHead: field(nHead.default(4), {
    label: 'Heads',
    help: 'Attention heads per block.',
    group: 'model'
  }),
  dHead: field(z.int().min(1).max(1024).nullable().default(null), {
    label: 'Head width',
    help: 'Width of queries, keys and values per head; empty means d / heads.',
    group: 'model',
    advanced: true
  }),
  dMlp: field(dMlp, {
    label: 'MLP width',
    log: true,
    help: 'Hidden width of the MLP; empty means 4 × d.',
    group: 'model',
    advanced: true
  })
})
export type Transformer1Config = z.infer<typeof Transformer1Config>

/** Model families by `family`; a further family is one more member. */
export const ModelConfig = z.discriminatedUnion('family', [
  Gpt2Config,
  LlamaConfig,
  RwkvConfig,
  MambaConfig,
  Transformer1Config
])
export type ModelConfig = z.infer<typeof ModelConfig>

/** What the families are called where people read. */
export const familyNames: Record<ModelConfig['family'], string> = {
  gpt2: 'GPT-2',
  llama: 'LLaMA',
  rwkv: 'RWKV-4',
  mamba: 'Mamba',
  transformer1: 'Transformer without LayerNorm'
}

/** Says what is refused, its value first, and the nearest possible setting where one can be computed. */
export type Refuse = (path: string[], message: string, nearest?: unknown) => void

/** Rules that span a model's fields; every field is within its own limits already. */
export function checkModel(model: ModelConfig, refuse: Refuse): void {
  switch (model.family) {
    case 'gpt2':
      checkWidth(model.dModel, model.nHead, `model.nHead (${model.nHead})`, refuse)
      return
    case 'llama': {
      const { dModel, nHead, nKvHead } = model
      const even = `2 × model.nHead (${2 * nHead}), and rotary positions turn pairs`
      checkWidth(dModel, 2 * nHead, even, refuse)
      if (nKvHead !== null && nHead % nKvHead !== 0) {
        const message = `${nKvHead} does not divide model.nHead (${nHead})`
        const divisors = range(1, nHead).filter((n) => nHead % n === 0)
        refuse(['model', 'nKvHead'], message, nearestTo(nKvHead, divisors))
      }
      return
    }
    case 'transformer1':
      if (model.dHead === null) {
        checkWidth(model.dModel, model.nHead, `model.nHead (${model.nHead})`, refuse)
      }
      return
    case 'rwkv':
    case 'mamba':
      return
    default:
      model satisfies never
  }
}

function checkWidth(width: number, unit: number, inWords: string, refuse: Refuse): void {
  if (width % unit === 0) return
  const multiples = range(1, Math.floor(4096 / unit)).map((n) => n * unit)
  const allowed = multiples.filter((d) => d >= 4)
  const message = `${width} is no multiple of ${inWords}`
  refuse(['model', 'dModel'], message, nearestTo(width, allowed))
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function nearestTo(x: number, candidates: readonly number[]): number {
  return candidates.reduce((best, c) => (Math.abs(c - x) < Math.abs(best - x) ? c : best))
}
