/**
 * Checkpoints: everything from which a run goes on exactly, readable elsewhere.
 *
 *     checkpoints/step-000005000/
 *       model.safetensors      weights under the names of transformers, with its config.json: opens there directly
 *       config.json
 *       optimizer.safetensors  what the optimizer remembers, `TREE.<parameter>`: AdamW's moments `first` and `second`,
 *                              Grokfast's `slow` or `queue`
 *       manifest.json          step, what was evaluated, and size and SHA-256 of each file
 *       kept.txt               where it is exempt from pruning: why
 *     ring/step-000005000/     recent states (ring.ts), of the same form
 *
 * A checkpoint is written aside, flushed to the disk and renamed: a folder under its final name is whole. The
 * order of examples is a function of seed and step (sampler.ts), so no generator state is needed.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { retainedCheckpoints } from '@shared/checkpoint-schedule'
import { UserError } from '@shared/errors'
import { mapTree, type HostArray, type Tree } from '../models/params'
import { readSafetensors, writeSafetensors, type Safetensors } from './safetensors'

/** Arrays by the name of their parameter, in the order of the model's tree. */
export type NamedArrays = ReadonlyMap<string, HostArray>

export interface CheckpointContent {
  step: number
  /** The last step whose evaluation is in the event lines, -1 before the first. */
  evaluatedAt: number
  weights: NamedArrays
  /** The optimizer's trees by name; the names hold no dots. */
  state: Readonly<Record<string, NamedArrays>>
  /** transformers' config.json for these weights. */
  hfConfig: Record<string, unknown>
}

const Manifest = z.object({
  version: z.literal(1),
  step: z.int().nonnegative(),
  evaluatedAt: z.int(),
  createdAt: z.string(),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() }))
})

/** Folders of a run that hold checkpoints. */
export type Place = 'checkpoints' | 'ring'

const keptFile = 'kept.txt'

export const checkpointName = (step: number): string => `step-${String(step).padStart(9, '0')}`

/**
 * Writes a checkpoint into a run folder; one that is already there whole is left alone.
 * @returns its folder's name.
 * @throws {UserError} `disk.write` where the disk refuses (full, read-only), naming the folder.
 */
export function writeCheckpoint(
  runFolder: string,
  content: CheckpointContent,
  now: number,
  place: Place = 'checkpoints'
): string {
  const name = checkpointName(content.step)
  const parent = path.join(runFolder, place)
  const target = path.join(parent, name)
  const aside = path.join(parent, `.${name}.part`)
  if (fs.existsSync(path.join(target, 'manifest.json'))) return name
  try {
    // A library that has gone (a volume unmounted) must not be made anew where it was.
    fs.accessSync(runFolder)
    fs.rmSync(aside, { recursive: true, force: true })
    fs.mkdirSync(aside, { recursive: true })
    const state = Object.entries(content.state).flatMap(([tree, arrays]) => prefixed(tree, arrays))
    const files: Record<string, Uint8Array[]> = {
      'model.safetensors': writeSafetensors(content.weights, { format: 'pt' }),
      'optimizer.safetensors': writeSafetensors(state),
      'config.json': json(content.hfConfig)
    }
    const manifest = {
      version: 1,
      step: content.step,
      evaluatedAt: content.evaluatedAt,
      createdAt: new Date(now).toISOString(),
      files: Object.fromEntries(
        Object.entries(files).map(([file, chunks]) => [
          file,
          { bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0), sha256: sha256(chunks) }
        ])
      )
    } satisfies z.input<typeof Manifest>
    for (const [file, chunks] of Object.entries(files)) writeSynced(path.join(aside, file), chunks)
    writeSynced(path.join(aside, 'manifest.json'), json(manifest))
    syncFolder(aside)
    fs.rmSync(target, { recursive: true, force: true })
    fs.renameSync(aside, target)
    syncFolder(parent)
  } catch (error) {
    if (!isDiskError(error)) throw error
    clearAway(aside)
    throw new UserError(
      'disk.write',
      `The checkpoint of step ${content.step} could not be written to ${parent}: ${error.message}`,
      'Free some space or make the folder writable, then resume the run.'
    )
  }
  return name
}

/** Steps of the checkpoints in a run folder, rising. A name alone says nothing about the content. */
export function listCheckpoints(runFolder: string, place: Place = 'checkpoints'): number[] {
  const parent = path.join(runFolder, place)
  if (!fs.existsSync(parent)) return []
  return fs
    .readdirSync(parent)
    .flatMap((name) => /^step-(\d{9,})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}

/**
 * The newest checkpoint whose files are all there and match their hashes; damaged ones are passed over.
 * @param onDamaged is told the step of each that was passed over
 */
export function newestCheckpoint(
  runFolder: string,
  onDamaged: (step: number) => void = () => undefined
): CheckpointContent | undefined {
  for (const step of listCheckpoints(runFolder).reverse()) {
    const content = readCheckpoint(runFolder, step)
    if (content) return content
    onDamaged(step)
  }
  return undefined
}

/** A checkpoint's content, or undefined where a file is missing or does not match its hash. */
export function readCheckpoint(runFolder: string, step: number): CheckpointContent | undefined {
  const folder = path.join(runFolder, 'checkpoints', checkpointName(step))
  try {
    const manifest = Manifest.parse(
      JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'))
    )
    const read = (file: string): Buffer => {
      const bytes = fs.readFileSync(path.join(folder, file))
      if (sha256([bytes]) !== manifest.files[file]?.sha256) throw damaged(folder, file)
      return bytes
    }
    const tensors = (file: string): NamedArrays =>
      floats(readSafetensors(read(file), file), folder, file)
    const weights = tensors('model.safetensors')
    const state: Record<string, Map<string, HostArray>> = {}
    for (const [name, array] of tensors('optimizer.safetensors')) {
      const dot = name.indexOf('.')
      const tree = (state[name.slice(0, dot)] ??= new Map<string, HostArray>())
      tree.set(name.slice(dot + 1), array)
    }
    return {
      step: manifest.step,
      evaluatedAt: manifest.evaluatedAt,
      weights,
      state,
      hfConfig: JSON.parse(read('config.json').toString('utf8')) as Record<string, unknown>
    }
  } catch (error) {
    // A torn or damaged checkpoint is no checkpoint; an older one is as good a place to go on from.
    if (error instanceof UserError || error instanceof SyntaxError || error instanceof z.ZodError)
      return undefined
    if (isDiskError(error)) return undefined
    throw error
  }
}

/**
 * The weights of a checkpoint alone, checked against their hash.
 * @returns the arrays and the SHA-256 of their file, hex, by which the checkpoint's content is known
 * @throws {UserError} `checkpoint.missing`, or `checkpoint.damaged` where file and hash do not belong together
 */
export function readWeights(
  runFolder: string,
  step: number
): { weights: NamedArrays; sha256: string } {
  const folder = path.join(runFolder, 'checkpoints', checkpointName(step))
  const file = 'model.safetensors'
  if (!fs.existsSync(folder)) {
    const there = listCheckpoints(runFolder)
    throw new UserError(
      'checkpoint.missing',
      `There is no checkpoint of step ${step} in ${runFolder}.`,
      there.length > 0
        ? `There are checkpoints of steps ${there.join(', ')}.`
        : 'The run has written no checkpoint yet.'
    )
  }
  try {
    const manifest = Manifest.parse(
      JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'))
    )
    const bytes = fs.readFileSync(path.join(folder, file))
    const hash = sha256([bytes])
    if (hash !== manifest.files[file]?.sha256) throw damaged(folder, file)
    return { weights: floats(readSafetensors(bytes, file), folder, file), sha256: hash }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw damaged(folder, 'manifest.json')
  }
}

/** Named arrays as the tree of the model whose shapes are given. */
export function treeOf(
  shapes: Tree<{ readonly shape: readonly number[] }>,
  arrays: NamedArrays
): Tree<HostArray> {
  return mapTree(shapes, ({ shape }, name) => {
    const array = arrays.get(name)
    if (!array || array.shape.join() !== shape.join()) {
      throw new UserError(
        'checkpoint.mismatch',
        `The checkpoint holds ${name} with shape [${array?.shape.join() ?? 'none'}], the run needs [${shape.join()}].`,
        'Resume with the configuration that the checkpoint was written with.'
      )
    }
    return array
  })
}

/** The optimizer's trees of a checkpoint, in the form of those given by their shapes; trees of other names are left. */
export function stateOf<State extends Readonly<Record<string, Tree<object>>>>(
  shapes: Readonly<Record<string, Tree<{ readonly shape: readonly number[] }>>>,
  state: CheckpointContent['state']
): State {
  const trees = Object.entries(shapes).map(([name, tree]) => [
    name,
    treeOf(tree, state[name] ?? new Map<string, HostArray>())
  ])
  return Object.fromEntries(trees) as State
}

/**
 * Removes the checkpoints that the retention does not keep; those marked as kept are passed over.
 * @returns the steps of what was removed, rising
 */
export function pruneCheckpoints(
  runFolder: string,
  retention: Parameters<typeof retainedCheckpoints>[1]
): number[] {
  const scheduled = listCheckpoints(runFolder).filter((step) => !isKept(runFolder, step))
  const retained = new Set(retainedCheckpoints(scheduled, retention))
  const removed = scheduled.filter((step) => !retained.has(step))
  for (const step of removed) removeCheckpoint(runFolder, step)
  return removed
}

export function removeCheckpoint(
  runFolder: string,
  step: number,
  place: Place = 'checkpoints'
): void {
  fs.rmSync(path.join(runFolder, place, checkpointName(step)), { recursive: true, force: true })
}

/** Makes a state of the ring a checkpoint that is never pruned. */
export function keepRingState(runFolder: string, step: number, reason: string): void {
  const name = checkpointName(step)
  const [from, to] = [path.join(runFolder, 'ring', name), path.join(runFolder, 'checkpoints', name)]
  fs.mkdirSync(path.dirname(to), { recursive: true })
  if (fs.existsSync(to)) return removeCheckpoint(runFolder, step, 'ring')
  writeSynced(path.join(from, keptFile), [Buffer.from(`${reason}\n`)])
  fs.renameSync(from, to)
  syncFolder(path.dirname(to))
}

const isKept = (runFolder: string, step: number): boolean =>
  fs.existsSync(path.join(runFolder, 'checkpoints', checkpointName(step), keptFile))

/** Tensors of a file that holds nothing but float32. */
function floats({ tensors }: Safetensors, folder: string, file: string): NamedArrays {
  const arrays = new Map<string, HostArray>()
  for (const [name, { shape, values }] of tensors) {
    if (!(values instanceof Float32Array)) throw damaged(folder, file)
    arrays.set(name, { shape, values })
  }
  return arrays
}

function prefixed(prefix: string, arrays: NamedArrays): [string, HostArray][] {
  return [...arrays].map(([name, array]) => [`${prefix}.${name}`, array])
}

function json(value: unknown): Uint8Array[] {
  return [Buffer.from(JSON.stringify(value, null, 2) + '\n')]
}

function sha256(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

function damaged(folder: string, file: string): UserError {
  return new UserError('checkpoint.damaged', `${path.join(folder, file)} is damaged.`)
}

function writeSynced(file: string, chunks: readonly Uint8Array[]): void {
  const fd = fs.openSync(file, 'w')
  try {
    for (const chunk of chunks) {
      for (let done = 0; done < chunk.length;) done += fs.writeSync(fd, chunk, done)
    }
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes a rename or a new file durable. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** What a full disk took of a checkpoint is in the way of everything else. */
function clearAway(aside: string): void {
  try {
    fs.rmSync(aside, { recursive: true, force: true })
  } catch {
    // Read-only by now.
  }
}

function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error
}
