/** A folder of weights as transformers writes it: config.json beside safetensors, in one file or in several. */
import fs from 'node:fs'
import path from 'node:path'
import { UserError } from '@shared/errors'
import { loadSafetensors, type StoredTensor } from './safetensors'

export interface HfFolder {
  config: Record<string, unknown>
  tensors: ReadonlyMap<string, StoredTensor>
  /** The step the folder's own records name, ours (manifest.json) or the Trainer's (trainer_state.json). */
  step: number | null
}

/** No JSON of a model comes near this. */
const maxJsonBytes = 50e6

/**
 * Reads the whole folder. Files come from anywhere: nothing outside the folder is touched, no code is run.
 * @throws {UserError} `import.folder`, `import.config`, `import.weights` or `safetensors.invalid`
 */
export function readHfFolder(folder: string): HfFolder {
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) {
    throw new UserError(
      'import.folder',
      `${folder} is no folder.`,
      'Name a folder that holds config.json and safetensors.'
    )
  }
  const config = readJson(path.join(folder, 'config.json'))
  const tensors = new Map<string, StoredTensor>()
  for (const file of weightFiles(folder)) {
    for (const [name, tensor] of loadSafetensors(path.join(folder, file)).tensors) {
      if (tensors.has(name)) {
        throw weights(`${name} is in two files of ${folder}`, 'Export the model again.')
      }
      tensors.set(name, tensor)
    }
  }
  return { config, tensors, step: stepOf(folder) }
}

/** Names of the files that hold weights, within the folder. */
function weightFiles(folder: string): string[] {
  const has = (name: string): boolean => fs.existsSync(path.join(folder, name))
  if (has('model.safetensors')) return ['model.safetensors']
  if (has('model.safetensors.index.json')) {
    const { weight_map: map } = readJson(path.join(folder, 'model.safetensors.index.json'))
    const files = typeof map === 'object' && map !== null ? Object.values(map) : []
    const strange = files.find(
      (file) => typeof file !== 'string' || !/^[\w.-]+\.safetensors$/.test(file)
    )
    if (files.length === 0 || strange !== undefined) {
      throw weights(
        `model.safetensors.index.json names ${files.length === 0 ? 'no file' : `the file ${JSON.stringify(strange)}`}`,
        'It must name safetensors files of this folder; export the model again.'
      )
    }
    return [...new Set(files as string[])]
  }
  const pickled = ['pytorch_model.bin', 'pytorch_model.bin.index.json'].find(has)
  throw weights(
    pickled
      ? `${folder} holds ${pickled}, a pickle, which is code and is not opened`
      : `${folder} holds no model.safetensors`,
    'In Python, model.save_pretrained(FOLDER) writes safetensors.'
  )
}

function stepOf(folder: string): number | null {
  for (const [file, key] of [
    ['manifest.json', 'step'],
    ['trainer_state.json', 'global_step']
  ] as const) {
    if (!fs.existsSync(path.join(folder, file))) continue
    const step = readJson(path.join(folder, file))[key]
    if (Number.isSafeInteger(step) && (step as number) >= 0) return step as number
  }
  return null
}

/** @throws {UserError} `import.config` where there is no JSON object. */
function readJson(file: string): Record<string, unknown> {
  const refuse = (why: string): UserError =>
    new UserError('import.config', `${file} ${why}.`, 'Export the model again, or copy it whole.')
  let value: unknown
  try {
    const { size } = fs.statSync(file)
    if (size > maxJsonBytes) throw refuse(`has ${size} bytes, which no model's description has`)
    value = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw refuse(`cannot be read: ${(error as Error).message.slice(0, 200)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('holds no JSON object')
  }
  return value as Record<string, unknown>
}

function weights(problem: string, next: string): UserError {
  return new UserError('import.weights', `${problem}.`, next)
}
