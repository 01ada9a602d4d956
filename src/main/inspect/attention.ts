/**
 * Who reads from where. Attention families show their patterns as they are. Recurrent families have none: what they
 * do instead is written as the same matrix from positions to positions (effective-attention.ts), averaged over
 * channels, and over quarters of the channels from those that forget slowest to those that forget fastest.
 */
import * as tf from '@tensorflow/tfjs'
import type { Finding, InspectQuery } from '@shared/inspect'
import { labelled } from '@shared/inspect'
import type { JobContext } from './jobs'
import { mambaMaps, rwkvMaps, type BlockMaps } from './effective-attention'
import { layerCount, runTapped, toTokens, weightNamed, type Subject } from './subject'
import { probesOf } from './predictions'
import { choosePrompts } from './prompts'
import type { Pace } from './pace'

type Query = Extract<InspectQuery, { job: 'attention' }>

/** Rows in one call. */
const chunk = 256

export async function attention(query: Query, context: JobContext): Promise<Finding> {
  const { config, dataset, pace } = context
  const prompts = choosePrompts(query.probes, config.dataset, dataset)
  const subject = context.subject()
  const name = (token: number): string => dataset.vocabulary.tokens[token]!
  const probes = probesOf(prompts, name)
  const blocks = Array.from({ length: layerCount(subject.config) }, (_, i) => String(i + 1))
  const along = { query: prompts.positions, key: prompts.positions }
  const { config: model } = subject
  switch (model.family) {
    case 'gpt2':
    case 'llama':
    case 'transformer1': {
      const heads = Array.from({ length: model.nHead }, (_, h) => String(h + 1))
      const mean = await meanPatterns(subject, prompts.tokens, pace)
      return {
        probes,
        values: {},
        arrays: { attention: labelled({ layer: blocks, head: heads, ...along }, mean) },
        rows: [],
        notes: [
          prompts.tokens.length > 1
            ? `Attention patterns, averaged over ${prompts.tokens.length} prompts.`
            : 'Attention patterns of this prompt.'
        ]
      }
    }
    case 'rwkv':
    case 'mamba': {
      const maps = await meanMaps(subject, prompts.tokens, pace)
      const groups = ['all channels', 'slowest', 'slow', 'fast', 'fastest']
      const channels = maps[0]!.decay.map((_, c) => String(c))
      const dims = { layer: blocks, head: groups, ...along }
      const all = (f: (maps: BlockMaps) => ArrayLike<number>): number[] =>
        maps.flatMap((block) => Array.from(f(block)))
      const { positions } = prompts
      return {
        probes,
        values: {},
        arrays: {
          attention: labelled(
            dims,
            all(({ attention }) => attention)
          ),
          ...(model.family === 'mamba' && {
            signed: labelled(
              dims,
              all(({ signed }) => signed!)
            ),
            delta: labelled(
              { layer: blocks, position: positions },
              all(({ delta }) => delta!)
            )
          }),
          state: labelled(
            { layer: blocks, position: positions },
            all(({ state }) => state)
          ),
          decay: labelled(
            { layer: blocks, channel: channels },
            all(({ decay }) => decay)
          )
        },
        rows: [],
        notes: model.family === 'rwkv' ? rwkvNotes : mambaNotes
      }
    }
    default:
      return model satisfies never
  }
}

const rwkvNotes = [
  'Effective attention: the weights with which the time mix averages the values of all positions, per channel; each row sums to 1. "Heads" are all channels and quarters of them, by time decay.',
  'Every key and value also sees the position before it, by token shift; that is not in the matrix.',
  'State: the length of the decaying average after each position. Decay: the share of the past that a channel keeps per position.'
]
const mambaNotes = [
  'Effective attention: the matrix by which the selective state space turns its inputs into outputs (Ali et al. 2024), per channel; as shares of its absolute values each row sums to 1. "signed" are the values themselves. "Heads" are all channels and quarters of them, by how much a channel keeps.',
  'Inputs have passed a short convolution over earlier positions, and D x goes past the state; neither is in the matrix.',
  'State: the norm of the state after each position. Delta: the mean step size. Decay: the share of the state that a channel keeps per position.'
]

/** Mean over prompts of every block's pattern, [layer, head, query, key]. */
async function meanPatterns(
  subject: Subject,
  prompts: readonly (readonly number[])[],
  pace: Pace
): Promise<Float64Array> {
  let sum: Float64Array | undefined
  for (let start = 0; start < prompts.length; start += chunk) {
    await pace(start, prompts.length)
    const rows = prompts.slice(start, start + chunk)
    const total = tf.tidy(() => {
      const { seen } = runTapped(subject, toTokens(rows), (name) => name.endsWith('hook_pattern'))
      return tf.stack(Object.values(seen).map((pattern) => pattern.sum(0))) // [L, H, T, T]
    })
    const values = await total.data()
    total.dispose()
    sum ??= new Float64Array(values.length)
    for (let i = 0; i < values.length; i++) sum[i]! += values[i]! / prompts.length
  }
  return sum!
}

/** Mean over prompts of every block's maps. */
async function meanMaps(
  subject: Subject,
  prompts: readonly (readonly number[])[],
  pace: Pace
): Promise<BlockMaps[]> {
  const L = layerCount(subject.config)
  const isRwkv = subject.config.family === 'rwkv'
  const wanted = isRwkv
    ? /att\.hook_(k|wkv_state\.\d+)$/
    : /mixer\.hook_(delta|B|C|ssm_state\.\d+)$/
  const means: BlockMaps[] = []
  for (let start = 0; start < prompts.length; start += chunk) {
    const rows = prompts.slice(start, start + chunk)
    const seen = tf.tidy(() => runTapped(subject, toTokens(rows), (name) => wanted.test(name)).seen)
    try {
      for (let i = 0; i < L; i++) {
        await pace(start + (rows.length * i) / L, prompts.length)
        const maps = await (isRwkv ? rwkvOf(subject, seen, i) : mambaOf(subject, seen, i))
        means[i] = addShare(means[i], maps, rows.length / prompts.length)
      }
    } finally {
      tf.dispose(seen)
    }
  }
  return means
}

async function rwkvOf(
  subject: Subject,
  seen: Record<string, tf.Tensor>,
  i: number
): Promise<BlockMaps> {
  const weight = (name: string): Promise<ArrayLike<number>> =>
    weightNamed(subject, `rwkv.blocks.${i}.attention.${name}`).data()
  const k = seen[`blocks.${i}.att.hook_k`]! // [B, T, C]
  const states = statesOf(seen, `blocks.${i}.att.hook_wkv_state`)
  return rwkvMaps({
    logW: await weight('time_decay'),
    u: await weight('time_first'),
    k: await k.data(),
    shape: k.shape as [number, number, number],
    states: await Promise.all(states.map((state) => state.data()))
  })
}

async function mambaOf(
  subject: Subject,
  seen: Record<string, tf.Tensor>,
  i: number
): Promise<BlockMaps> {
  const at = (name: string): tf.Tensor => seen[`blocks.${i}.mixer.hook_${name}`]!
  const states = statesOf(seen, `blocks.${i}.mixer.hook_ssm_state`)
  return mambaMaps({
    logA: await weightNamed(subject, `backbone.layers.${i}.mixer.A_log`).data(),
    delta: await at('delta').data(),
    writes: await at('B').data(),
    reads: await at('C').data(),
    shape: at('delta').shape as [number, number, number],
    states: await Promise.all(states.map((state) => state.data()))
  })
}

/** The states after positions 0, 1, 2, ... */
function statesOf(seen: Record<string, tf.Tensor>, prefix: string): tf.Tensor[] {
  const states: tf.Tensor[] = []
  for (let t = 0; seen[`${prefix}.${t}`]; t++) states.push(seen[`${prefix}.${t}`]!)
  return states
}

/** Running mean over chunks of rows. */
function addShare(mean: BlockMaps | undefined, part: BlockMaps, share: number): BlockMaps {
  const add = (into: Float64Array | undefined, values: Float64Array): Float64Array =>
    values.map((value, i) => (into?.[i] ?? 0) + share * value)
  return {
    attention: add(mean?.attention, part.attention),
    state: add(mean?.state, part.state),
    decay: Array.from(add(mean && Float64Array.from(mean.decay), Float64Array.from(part.decay))),
    ...(part.signed && { signed: add(mean?.signed, part.signed) }),
    ...(part.delta && { delta: add(mean?.delta, part.delta) })
  }
}
