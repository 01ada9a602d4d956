/**
 * Weights from elsewhere become a checkpoint of ours: config.json says the model, the run's configuration the data
 * they were trained on, and every tensor has to be the one that this model needs.
 */
import type { ModelConfig, RunConfig } from '@shared/config'
import { nearestName, parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import type { ImportOrder } from '@shared/events'
import { buildDataset } from '../datasets/index'
import { models, type Sizes } from '../models/index'
import { flatten, sizeOf, type HostArray } from '../models/params'
import { writeCheckpoint, type NamedArrays } from './checkpoint'
import { readHfFolder, type HfFolder } from './hf-folder'
import { adamW } from './optimizer'
import { startState } from './optimizer-state'
import type { StoredTensor } from './safetensors'

export interface Imported {
  config: RunConfig
  step: number
  /** The checkpoint's folder name. */
  checkpoint: string
  /** What was read otherwise than it stood there. */
  notes: string[]
}

/** transformers' `model_type`, and the names that our own checkpoints have for what it lacks. */
const families: Record<string, ModelConfig['family']> = {
  ...{ gpt2: 'gpt2', llama: 'llama', rwkv: 'rwkv', mamba: 'mamba' },
  ...{ 'gpt2-recurrent': 'gpt2', transformer1: 'transformer1' }
}

/** What a file saved from the model without its head leaves out at the beginning of names. */
const bases: Record<ModelConfig['family'], string> = {
  ...{ gpt2: 'transformer.', llama: 'model.', rwkv: 'rwkv.', mamba: 'backbone.' },
  transformer1: ''
}

/** Tensors that older files hold and that follow from the configuration: masks and angles. */
const derived = /\.attn\.(bias|masked_bias)$|rotary_emb\.inv_freq$/

/**
 * Reads the folder and writes its weights as the checkpoint of their step, with an optimizer that has seen nothing.
 * @throws {UserError} `import.*`, `hf.unsupported`, `config.invalid`: what does not fit, and with what it would
 */
export function importWeights(order: ImportOrder, now: number): Imported {
  const { source } = order
  const found = readHfFolder(source)
  const { model: given, sizes: stated } = describe(found)
  const base = order.config ?? recordedConfig(found.config)
  if (base === null) {
    throw new UserError(
      'import.data',
      `${source} does not say which data the weights were trained on.`,
      'Name it with --config: a preset, or a config file with the settings of its data set.'
    )
  }
  const step = Math.max(1, order.step ?? found.step ?? 1)
  const asked = base as Record<string, unknown>
  const config = parseRunConfig({
    ...asked,
    model: given,
    budget: { ...(asked['budget'] as object | undefined), steps: step, stop: 'never' }
  })

  const model = models[config.model.family]
  const dataset = buildDataset(config.dataset, config.seed)
  const sizes = { vocabSize: dataset.vocabulary.size, contextLength: dataset.contextLength }
  checkSizes(stated, sizes, config)
  const shapes = model.parameters(config.model, sizes)
  const notes: string[] = []
  const weights = pickWeights(found, config.model, flatten(shapes), notes)

  const optimizer = adamW(config.optimizer, shapes, {
    ...{ steps: step, fixedNorm: null },
    lossScale: config.engine.precision === 'amp-fp16'
  })
  const state = Object.entries(startState(optimizer, shapes)).map(
    ([name, tree]) => [name, new Map(flatten(tree))] as const
  )
  const checkpoint = writeCheckpoint(
    order.folder,
    {
      ...{ step, evaluatedAt: -1, weights, state: Object.fromEntries(state) },
      hfConfig: { ...model.hfConfig(config.model, sizes), grokscope: { version: 1, config } }
    },
    now
  )
  return { config, step, checkpoint, notes }
}

function describe({ config }: HfFolder): { model: ModelConfig; sizes: Sizes } {
  const type = config['model_type']
  const family =
    typeof type === 'string' && Object.hasOwn(families, type) ? families[type] : undefined
  if (!family) {
    const near = typeof type === 'string' ? nearestName(type, Object.keys(families)) : undefined
    throw new UserError(
      'import.family',
      `config.json: model_type is ${JSON.stringify(type) ?? 'missing'}; known are ${Object.keys(families).join(', ')}${near ? `; the nearest is ${near}` : ''}.`,
      'Only these families can be opened.'
    )
  }
  const { config: model, sizes } = models[family].fromHfConfig(config)
  return { model, sizes }
}

/** Our own checkpoints carry the configuration of their run, also through save_pretrained; null in all others. */
function recordedConfig(json: Record<string, unknown>): unknown {
  const own = json['grokscope']
  if (typeof own !== 'object' || own === null || !Object.hasOwn(own, 'config')) return null
  const { config } = own as { config: unknown }
  return typeof config === 'object' ? config : null
}

/** The vocabulary has to be the data set's; learned positions may be more than it needs. */
function checkSizes(stated: Sizes, needed: Sizes, { dataset }: RunConfig): void {
  const refuse = (key: string, is: number, wanted: string): never => {
    throw new UserError(
      'import.sizes',
      `config.json says a ${key} of ${is.toLocaleString('en')}; the data set (${dataset.kind}) needs ${wanted}.`,
      'Name the settings of the data that these weights were trained on, with --config or --set dataset.NAME=VALUE.'
    )
  }
  if (stated.vocabSize !== needed.vocabSize) {
    refuse('vocabulary', stated.vocabSize, needed.vocabSize.toLocaleString('en'))
  }
  if (stated.contextLength < needed.contextLength) {
    refuse('context length', stated.contextLength, `at least ${needed.contextLength}`)
  }
}

/** The model's weights out of the folder's tensors, none missing, none left over. */
function pickWeights(
  { tensors }: HfFolder,
  config: ModelConfig,
  needed: readonly (readonly [name: string, { readonly shape: readonly number[] }])[],
  notes: string[]
): NamedArrays {
  const base = bases[config.family]
  const unread = new Set(tensors.keys())
  const weights = new Map<string, HostArray>()
  for (const [name, { shape }] of needed) {
    const short = name.startsWith(base) ? name.slice(base.length) : name
    const stored = tensors.has(name) ? name : short
    const tensor = tensors.get(stored)
    if (!tensor) {
      const needless = [...tensors.keys()].filter((key) => !needed.some(([own]) => own === key))
      throw missing(name, shape, needless)
    }
    unread.delete(stored)
    weights.set(name, { shape, values: fitted(stored, tensor, shape, notes) })
  }
  for (const name of unread) {
    if (derived.test(name) || isTiedHead(name, tensors.get(name)!, config, weights)) continue
    const near = nearestName(name, [...weights.keys()])
    throw new UserError(
      'import.extra',
      `The folder holds ${shown(name)} ${list(tensors.get(name)!.shape)}, which this ${config.family} model has no place for${near ? `; the nearest name of its own is ${near}` : ''}.`,
      'Check that config.json belongs to these weights.'
    )
  }
  return weights
}

function missing(name: string, shape: readonly number[], there: string[]): UserError {
  const near = nearestName(name, there)
  return new UserError(
    'import.missing',
    `The folder lacks ${name} ${list(shape)}${near ? `; the nearest name without a place is ${shown(near)}` : ''}.`,
    'Check that config.json belongs to these weights.'
  )
}

/** A tensor as float32 in the shape that is needed; of learned positions the first rows. */
function fitted(
  name: string,
  { shape, values }: StoredTensor,
  needed: readonly number[],
  notes: string[]
): Float32Array {
  const isPositions = /(^|\.)(wpe\.weight|W_pos)$/.test(name)
  const same = shape.length === needed.length && shape.every((n, i) => n === needed[i])
  const longer = isPositions && shape.length === 2 && shape[1] === needed[1]
  if (!same && !(longer && shape[0]! > needed[0]!)) {
    throw new UserError(
      'import.shape',
      `${name} has shape ${list(shape)}; this model and data set need ${list(needed)}.`,
      'Check that config.json belongs to these weights, and that the data set is the one they were trained on.'
    )
  }
  if (values instanceof Int32Array) {
    throw new UserError(
      'import.type',
      `${name} holds whole numbers; weights are floating-point numbers.`,
      'Quantised weights cannot be opened: export them in float32.'
    )
  }
  if (!same) notes.push(`${name}: the first ${needed[0]} of ${shape[0]} positions are used`)
  const used = values.subarray(0, sizeOf(needed))
  return used instanceof Float32Array ? used : Float32Array.from(used)
}

/** Some files repeat a tied head; it has to be what it is tied to. */
function isTiedHead(
  name: string,
  { values }: StoredTensor,
  config: ModelConfig,
  weights: NamedArrays
): boolean {
  if (!('tieHead' in config) || !config.tieHead || !/^(lm_head|head)\.weight$/.test(name)) {
    return false
  }
  const [embedding] = [...weights.values()] // drawn first in every family
  return (
    values.length === embedding!.values.length &&
    embedding!.values.every((x, i) => Object.is(x, Math.fround(values[i]!)))
  )
}

const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`

/** Hostile files have long names. */
const shown = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}...` : name)
