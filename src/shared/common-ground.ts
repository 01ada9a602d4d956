/**
 * The common ground of a run: everything known to make runs of different families, or of different codes, differ
 * for other reasons than the one under study, said in one line each. Two runs are comparable in what their lines
 * agree on. Known confounds of the reference trainer reused unchanged: it decays the gains of LLaMA and Mamba,
 * RWKV's time parameters and Mamba's A_log and D, drops out in GPT-2 alone, and pads recurrent models on the left.
 */
import type { ModelConfig, RunConfig } from './config'

export interface GroundLine {
  key: string
  label: string
  /** What this run has. */
  value: string
  /** Why it matters, or what others have. */
  note: string
}

/** What the decay rules `reference`, `matrices` and `all` come to in each family. */
const decayedParts: Record<
  ModelConfig['family'],
  Record<'reference' | 'matrices' | 'all', { decayed: string; kept: string }>
> = {
  gpt2: {
    reference: { decayed: 'embeddings and matrices', kept: 'biases and LayerNorm' },
    matrices: { decayed: 'embeddings and matrices', kept: 'biases and LayerNorm' },
    all: { decayed: 'every parameter', kept: 'nothing' }
  },
  llama: {
    reference: { decayed: 'every parameter, RMSNorm gains too', kept: 'nothing' },
    matrices: { decayed: 'embeddings and matrices', kept: 'RMSNorm gains' },
    all: { decayed: 'every parameter', kept: 'nothing' }
  },
  rwkv: {
    reference: {
      decayed: 'matrices, time_decay, time_first and the mixing vectors',
      kept: 'LayerNorm'
    },
    matrices: {
      decayed: 'matrices and the mixing vectors (stored as [1, 1, d])',
      kept: 'LayerNorm, time_decay and time_first'
    },
    all: { decayed: 'every parameter', kept: 'nothing' }
  },
  mamba: {
    reference: { decayed: 'matrices, RMSNorm gains, A_log and D', kept: 'biases' },
    matrices: {
      decayed: 'matrices, A_log and the convolution',
      kept: 'biases, RMSNorm gains and D'
    },
    all: { decayed: 'every parameter', kept: 'nothing' }
  },
  transformer1: {
    reference: { decayed: 'every parameter, biases too', kept: 'nothing' },
    matrices: { decayed: 'embeddings and matrices', kept: 'biases' },
    all: { decayed: 'every parameter', kept: 'nothing' }
  }
}

/** The sheet of a run, in reading order. */
export function commonGround(config: RunConfig): GroundLine[] {
  const { model, optimizer, dataset, batchSize } = config
  return [
    line('decay', 'Decayed weights', decayedText(config), decayNote(model)),
    line(
      'optimizer',
      'Optimizer',
      `${optimizer.kind === 'adam' ? 'Adam with L2' : 'AdamW'}, decay ${optimizer.weightDecay}`,
      'L2 passes through the moments, so it shrinks weights with large gradients less.'
    ),
    line('head', 'Output head', headText(model), 'A tied head halves the embedding parameters.'),
    line(
      'dropout',
      'Dropout',
      dropoutText(model),
      'The reference command trains GPT-2 with 0.1 and the other families without.'
    ),
    line('init', 'Initial weights', initText(config), 'Scale and kind of init move the delay.'),
    line('positions', 'Positions', positionTexts[model.family], 'How order enters.'),
    line(
      'gradients',
      'Gradients',
      gradientText(config),
      'Clipping comes before Grokfast; Adam undoes a constant factor.'
    ),
    line(
      'schedule',
      'Learning rate',
      scheduleText(config),
      'The first update of a warm-up has rate 0.'
    ),
    line(
      'batch',
      'Batch',
      `${batchSize} examples, a new order every epoch, the last batch may be smaller`,
      'The noise of small batches acts like regularisation.'
    ),
    line(
      'targets',
      'Loss on',
      targetText(config),
      'With an end token half of the loss is on a target that is soon learned.'
    ),
    line(
      'padding',
      'Padding',
      'on the right, where nothing sees it',
      'Left padding corrupts recurrent states; the reference pads probes on the left.'
    ),
    line(
      'accuracy',
      'Accuracy',
      'argmax over the whole vocabulary at the answer',
      `restrictedAccuracy is among the answer's class alone${dataset.kind === 'composition' ? ', all entities here' : ''}.`
    ),
    line('precision', 'Precision', 'float32', 'The study trained in float16 with loss scaling.'),
    line('seed', 'Seed', String(config.seed), 'Data, initial weights and order of examples.')
  ]
}

const line = (key: string, label: string, value: string, note: string): GroundLine => ({
  ...{ key, label, value, note }
})

function decayedText({ model, optimizer }: RunConfig): string {
  const { decay, decayList, weightDecay, kind } = optimizer
  if (weightDecay === 0) return 'none'
  const how = kind === 'adam' ? ' (as L2)' : ''
  if (decay === 'list') return `own list: ${decayList}${how}`
  const { decayed, kept } = decayedParts[model.family][decay]
  return `${decayed}${kept === 'nothing' ? '' : `, not ${kept}`}${how}`
}

function decayNote({ family }: ModelConfig): string {
  const notes: Partial<Record<ModelConfig['family'], string>> = {
    llama: 'The reference rule decays RMSNorm gains here and LayerNorm gains of GPT-2 not.',
    rwkv: 'RWKV-4 was published with Adam and no decay.',
    mamba: 'The authors mark A_log and D as not decayed; torch AdamW ignores the mark.'
  }
  return notes[family] ?? 'The reference rule goes by names: not "bias", "LayerNorm.weight", "ln".'
}

function dropoutText(model: ModelConfig): string {
  if (!('dropout' in model) || model.dropout === 0) return 'none'
  const where = {
    gpt2: 'embedding, attention weights and residual branches',
    llama: 'attention weights'
  }
  return `${model.dropout} on ${where[model.family]}`
}

function headText(model: ModelConfig): string {
  if (model.family === 'transformer1') return 'separate'
  return model.tieHead ? 'tied to the token embedding' : 'separate'
}

function initText({ model, optimizer }: RunConfig): string {
  const own =
    'init' in model ? model.init : 'initStd' in model ? `N(0, ${model.initStd}²)` : 'N(0, 1/d)'
  const scale = optimizer.initScale === 1 ? '' : `, all times ${optimizer.initScale}`
  return `${own}${scale}${optimizer.keepNorm ? ', global norm kept' : ''}`
}

const positionTexts: Record<ModelConfig['family'], string> = {
  gpt2: 'learned',
  llama: 'rotary',
  rwkv: 'none, recurrence',
  mamba: 'none, recurrence and convolution',
  transformer1: 'learned'
}

function gradientText({ model, optimizer }: RunConfig): string {
  const { clipNorm, grokfast } = optimizer
  const wrapped = model.family === 'rwkv' && model.l2Wrap ? 'with L2Wrap, ' : ''
  const clip = wrapped + (clipNorm === null ? 'not clipped' : `clipped to norm ${clipNorm}`)
  switch (grokfast.filter) {
    case 'off':
      return clip
    case 'ema':
      return `${clip}, then Grokfast EMA α ${grokfast.alpha}, λ ${grokfast.lambda ?? 2}`
    case 'ma':
      return `${clip}, then Grokfast MA over ${grokfast.window}, λ ${grokfast.lambda ?? 5}`
    default:
      return grokfast.filter satisfies never
  }
}

function scheduleText({ optimizer, budget }: RunConfig): string {
  const { lr, warmup, schedule, lrFloor } = optimizer
  const warm = warmup === 0 ? 'no warm-up' : `warm-up over ${warmup} steps`
  const after =
    schedule === 'constant' ? 'constant' : `${schedule} to ${lrFloor * lr} at step ${budget.steps}`
  return `${lr}, ${warm}, then ${after}`
}

function targetText({ dataset }: RunConfig): string {
  if (dataset.kind === 'modular') {
    return dataset.format === 'power' ? 'answer and end token' : 'answer alone'
  }
  return dataset.endTarget ? 'answer and end token' : 'answer alone'
}
