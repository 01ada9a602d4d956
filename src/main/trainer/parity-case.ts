/** Reads a folder of parity data (format: test/fixtures/parity/README.md) and checks that its files fit together. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import type { ModelConfig } from '@shared/config'
import { models } from '../models/index'
import type { Family, Sizes } from '../models/index'
import { flatten, mapTree, sizeOf } from '../models/params'
import type { HostArray, Tree } from '../models/params'
import type { Numbers } from './deviation'
import { loadSafetensors } from './safetensors'
import type { StoredTensor } from './safetensors'

/** The reference's numbers, as read. */
export interface Case {
  readonly family: Family
  readonly config: ModelConfig
  readonly initial: Tree<HostArray>
  readonly ids: number[][]
  /** (row, position, token) */
  readonly targets: [number, number, number][]
  readonly loss: number
  readonly expected: ReadonlyMap<string, StoredTensor>
  readonly adamw: AdamWCase
  readonly trained: ReadonlyMap<string, StoredTensor>
}

interface AdamWCase {
  steps: number
  lr: number
  warmup_steps: number
  betas: [number, number]
  eps: number
  weight_decay: number
  clip: number
  decayed: string[]
  loss: number[]
  grad_norm: number[]
  final_loss: number
}

/**
 * The case folders that `folder` names: itself, or those within it.
 * @throws {UserError} `parity.folder` where there are none.
 */
export function findCases(folder: string): string[] {
  const isCase = (path: string): boolean => existsSync(join(path, 'case.json'))
  if (isCase(folder)) return [folder]
  const within = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(folder, entry.name))
        .filter(isCase)
        .sort()
    : []
  if (within.length > 0) return within
  throw new UserError(
    'parity.folder',
    `${folder} ${existsSync(folder) ? 'holds no case.json, nor does a folder in it' : 'does not exist'}.`,
    'Name a folder that holds case.json, config.json, model.safetensors and expected.safetensors.'
  )
}

export function readCase(folder: string): Case {
  const json = (name: string): Record<string, unknown> => readJson(join(folder, name))
  const about = json('case.json')
  const family = about['family']
  if (typeof family !== 'string' || !Object.hasOwn(models, family)) {
    throw new UserError(
      'parity.family',
      `${folder} holds the model family ${JSON.stringify(family)}, which does not exist here; known are ${Object.keys(models).join(', ')}.`,
      'Check a folder of a known family.'
    )
  }
  const model = models[family as Family]
  const { config, sizes } = model.fromHfConfig({
    ...json('config.json'),
    ...(typeof about['tied'] === 'boolean' && { tie_word_embeddings: about['tied'] })
  })
  const stored = loadSafetensors(join(folder, 'model.safetensors')).tensors
  const initial = mapTree(model.parameters(config, sizes), ({ shape }, name) => ({
    shape,
    values: Float32Array.from(valuesOf(stored, name, shape, 'model.safetensors'))
  }))
  const expected = loadSafetensors(join(folder, 'expected.safetensors')).tensors
  expectSameNames(expected, initial)
  return {
    family: family as Family,
    config,
    initial,
    ...checkBatch(folder, about, sizes),
    expected,
    adamw: checkAdamW(folder, json('adamw.json')),
    trained: loadSafetensors(join(folder, 'adamw_params.safetensors')).tensors
  }
}

function checkBatch(
  folder: string,
  about: Record<string, unknown>,
  sizes: Sizes
): Pick<Case, 'ids' | 'targets' | 'loss'> {
  const { ids, targets, loss } = about as Pick<Case, 'ids' | 'targets' | 'loss'>
  const below = (n: unknown, limit: number): boolean =>
    Number.isSafeInteger(n) && (n as number) >= 0 && (n as number) < limit
  const valid =
    Array.isArray(ids) &&
    ids.length > 0 &&
    Array.isArray(targets) &&
    targets.length > 0 &&
    typeof loss === 'number' &&
    ids.every(
      (row) => row.length === ids[0]!.length && row.every((id) => below(id, sizes.vocabSize))
    ) &&
    below(ids[0]!.length - 1, sizes.contextLength) &&
    targets.every(
      ([row, position, token]) =>
        below(row, ids.length) && below(position, ids[0]!.length) && below(token, sizes.vocabSize)
    )
  if (!valid) throw unfit(join(folder, 'case.json'), 'no ids, targets and loss that fit its model')
  return { ids, targets, loss }
}

function checkAdamW(folder: string, json: Record<string, unknown>): AdamWCase {
  const run = json as unknown as AdamWCase
  const { steps, lr, warmup_steps, eps, weight_decay, clip, final_loss } = run
  const numbers = (list: unknown, count: number): boolean =>
    Array.isArray(list) && list.length === count && list.every(Number.isFinite)
  const valid =
    Number.isSafeInteger(steps) &&
    [lr, warmup_steps, eps, weight_decay, clip, final_loss].every(Number.isFinite) &&
    numbers(run.betas, 2) &&
    numbers(run.loss, steps) &&
    numbers(run.grad_norm, steps) &&
    Array.isArray(run.decayed)
  if (!valid) throw unfit(join(folder, 'adamw.json'), 'no complete AdamW run')
  return run
}

function unfit(file: string, what: string): UserError {
  return new UserError('parity.case', `${file} holds ${what}.`, 'Copy the folder again.')
}

/** The values of a tensor of known name and shape. */
export function valuesOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  shape: readonly number[],
  file: string
): Numbers {
  const stored = tensors.get(name)
  if (!stored || stored.shape.join() !== shape.join()) {
    const found = stored ? `has the shape [${stored.shape.join(', ')}]` : 'is missing'
    throw new UserError(
      'parity.tensor',
      `${name} ${found} in ${file}; wanted is [${shape.join(', ')}] (${sizeOf(shape)} numbers).`,
      'The files of the folder do not belong together; copy it again.'
    )
  }
  return stored.values
}

/** A gradient of a parameter that the family does not have would otherwise go unchecked. */
function expectSameNames(
  expected: ReadonlyMap<string, StoredTensor>,
  initial: Tree<HostArray>
): void {
  const known = new Set(flatten(initial).map(([name]) => `grad.${name}`))
  const unknown = [...expected.keys()].filter(
    (name) => name.startsWith('grad.') && !known.has(name)
  )
  if (unknown.length > 0) {
    throw new UserError(
      'parity.tensor',
      `expected.safetensors holds ${unknown[0]}, a parameter that config.json does not describe.`,
      'The files of the folder do not belong together; copy it again.'
    )
  }
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  } catch (error) {
    throw new UserError(
      'parity.case',
      `${file} cannot be read: ${(error as Error).message}.`,
      'Check that the folder is complete.'
    )
  }
}
