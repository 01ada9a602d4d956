/** Every job against checkpoints that the real trainer wrote, of every family. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import {
  InspectQuery,
  InspectResult,
  sliceOf,
  type InspectMessage,
  type InspectQueryInput,
  type LabelledArray
} from '@shared/inspect'
import { createInspector } from '../../../src/main/inspect/inspector'
import { measureCheckpoint } from '../../../src/main/inspect/measures'
import { unhurried } from '../../../src/main/inspect/pace'
import { startEngine } from '../../../src/main/trainer/backend'
import { createInbox } from '../../../src/main/trainer/inbox'
import { train } from '../../../src/main/trainer/train'
import { trainable } from '../../support/engines'

const small = {
  dataset: {
    kind: 'comparison',
    entities: 14,
    attributes: 2,
    values: 4,
    phi: 3,
    idShare: 0.75,
    probes: 20
  },
  optimizer: { lr: 3e-3, warmup: 5 },
  batchSize: 32,
  budget: { steps: 30 },
  evaluation: { every: 30, perDecade: 0 },
  checkpoints: { every: 15 },
  seed: 7
}
const sizes = { nLayer: 2, dModel: 16 }
const configs = {
  gpt2: parseRunConfig({ ...small, model: { family: 'gpt2', ...sizes, nHead: 2, passes: 2 } }),
  llama: parseRunConfig({ ...small, model: { family: 'llama', ...sizes, nHead: 2 } }),
  rwkv: parseRunConfig({ ...small, model: { family: 'rwkv', ...sizes } }),
  mamba: parseRunConfig({ ...small, model: { family: 'mamba', ...sizes, dState: 4 } }),
  modular: parseRunConfig({
    ...small,
    dataset: { kind: 'modular', modulus: 7, trainFraction: 0.5 },
    model: { family: 'transformer1', nLayer: 1, dModel: 16, nHead: 2 }
  }),
  composition: parseRunConfig({
    ...small,
    dataset: {
      ...{ kind: 'composition', entities: 30, relations: 6, degree: 3, phi: 1.5 },
      ...{ oodShare: 0.2, testShare: 0.1 }
    },
    model: { family: 'gpt2', ...sizes, nHead: 2 }
  })
} satisfies Record<string, RunConfig>
type Name = keyof typeof configs
const names = Object.keys(configs) as Name[]

const probes = { from: 'split', split: 'train_inferred', count: 12 } as const
const split = (name: Name): object => ({
  ...probes,
  split: name === 'modular' ? 'train' : probes.split
})

let home: string
const folderOf = (name: Name): string => path.join(home, name)

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-inspect-'))
  const engine = await startEngine('auto')
  for (const name of names) {
    const folder = folderOf(name)
    fs.mkdirSync(folder)
    const config = configs[name]
    fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ config }))
    await train(
      { type: 'train', runId: name, folder, config, engine: 'auto', resume: false },
      {
        startEngine: async () => engine,
        inbox: createInbox(),
        measure: (...given) => measureCheckpoint(...given, unhurried),
        now: Date.now,
        clock: () => performance.now(),
        emit: () => undefined
      }
    )
  }
  return () => fs.rmSync(home, { recursive: true, force: true })
}, 120_000)

/** An inspector whose messages arrive in a list; `ask` gives an answer or throws its error. */
function inspecting() {
  const heard: InspectMessage[] = []
  const listeners: (() => void)[] = []
  const inspector = createInspector({
    startEngine: () => Promise.resolve(),
    post(message) {
      heard.push(message)
      for (const listener of listeners.splice(0)) listener()
    },
    log(error) {
      throw error
    },
    now: () => performance.now()
  })
  let count = 0
  const answers = fs.mkdtempSync(path.join(home, 'answers-'))
  const fileOf = (id: string): string => path.join(answers, `${id}.json`)
  function order(name: Name, query: InspectQueryInput, step = 30): string {
    const id = `${name} ${++count}`
    const whole = InspectQuery.parse(query)
    const folder = folderOf(name)
    inspector.order(id, { folder, step, query: whole, engine: 'auto', file: fileOf(id) })
    return id
  }
  async function end(id: string): Promise<InspectMessage> {
    for (;;) {
      const last = heard.find((message) => message.id === id && message.type !== 'progress')
      if (last) return last
      await new Promise<void>((resolve) => listeners.push(resolve))
    }
  }
  async function ask(name: Name, query: InspectQueryInput, step = 30): Promise<InspectResult> {
    const id = order(name, query, step)
    const last = await end(id)
    if (last.type === 'failed') throw Object.assign(new Error(last.error.message), last.error)
    return InspectResult.parse(JSON.parse(fs.readFileSync(fileOf(id), 'utf8')))
  }
  return { inspector, heard, order, end, ask, fileOf }
}

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? NaN), 0)

/** Rows over the last dim. */
function rowsOf({ coords, values }: LabelledArray): (number | null)[][] {
  const width = coords.at(-1)!.length
  return Array.from({ length: values.length / width }, (_, i) =>
    values.slice(i * width, (i + 1) * width)
  )
}

describe.each(trainable)('on $name', ({ name: engine, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(engine)
    })

    it.each(names)('%s: attention rows sum to 1 and look back only', async (name) => {
      const { ask, inspector } = inspecting()
      const { arrays, probes } = await ask(name, { job: 'attention', probes: split(name) as never })
      const { attention } = arrays
      const T = probes!.positions.length
      expect(attention!.dims).toEqual(['layer', 'head', 'query', 'key'])
      expect(attention!.coords[0]).toHaveLength(
        { gpt2: 4, llama: 2, rwkv: 2, mamba: 2, modular: 1, composition: 2 }[name]
      )
      rowsOf(attention!).forEach((row, i) => {
        expect(sum(row)).toBeCloseTo(1, 5)
        expect(row.slice((i % T) + 1).every((value) => value === 0)).toBe(true)
        expect(row.every((value) => value! >= 0)).toBe(true)
      })
      inspector.dispose()
    })

    it.each(names)('%s: predictions, lens and trace tell one story', async (name) => {
      const { ask, inspector } = inspecting()
      const given = split(name) as never
      const said = await ask(name, { job: 'predictions', probes: given })
      const lens = await ask(name, { job: 'logit-lens', probes: given })
      const traced = await ask(name, { job: 'causal-trace', probes: given })
      const layers = lens.arrays['mrr']!.coords[1]!
      const last = layers.at(-1)!

      // After the last layer the lens is the model's own answer.
      const answer = lens.arrays['mrr']!.coords[0]!.at(-1)!
      expect(lens.values[`mrr/${answer}/layer ${last}`]).toBeCloseTo(
        said.values['meanReciprocalRank']!,
        5
      )
      const correct = said.rows.map((row) => row['correct'])
      const firstRight = correct.indexOf(true)
      if (firstRight >= 0) expect(correct.slice(firstRight)).not.toContain(false)

      // States of all positions together carry a change wholly: before the first block it is where the token is.
      const { strength, strengthAt } = traced.arrays
      for (const change of strength!.coords[0]!) {
        const carried = traced.values[`changes the answer/${change}`]!
        const before = sliceOf(strengthAt!, { change, layer: '0' }).values
        const after = sliceOf(strengthAt!, { change, layer: last }).values
        // What was changed at one position alone: the token itself, and the stream at the answer.
        expect(Math.max(...(before as number[]))).toBeCloseTo(carried, 6)
        expect(after.at(-1)).toBeCloseTo(carried, 6)
        expect(after.slice(0, -1).every((value) => value === 0)).toBe(true)
      }
      for (const part of ['low', 'high']) {
        expect(traced.arrays[part]!.values).toHaveLength(strength!.values.length)
      }
      inspector.dispose()
    })

    it('one prompt: ranks, tokens at every layer, the changed prompts', async () => {
      const { ask, inspector } = inspecting()
      const row = { from: 'row', split: 'train_inferred', row: 3 } as const
      const lens = await ask('gpt2', { job: 'logit-lens', probes: row })
      expect(lens.probes!.tokens).toEqual(lens.probes!.positions)
      for (const target of ['v1', 'v2', 'answer']) {
        const ranks = sliceOf(lens.arrays['rank']!, { target }).values
        expect(ranks.every((rank) => Number.isInteger(rank))).toBe(true)
      }
      expect(lens.rows).toHaveLength(5 * 5)
      const text = lens.probes!.tokens.join(' ')
      const typed = await ask('gpt2', {
        job: 'logit-lens',
        probes: { from: 'text', tokens: text }
      })
      expect(typed.arrays).toEqual(lens.arrays)
      const traced = await ask('gpt2', { job: 'causal-trace', probes: row })
      expect(traced.rows.length).toBeGreaterThan(0)
      for (const { prompt, 'changed prompt': changed } of traced.rows) {
        const differing = String(prompt)
          .split(' ')
          .filter((token, t) => token !== String(changed).split(' ')[t])
        expect(differing).toHaveLength(1)
      }
      const drawn = { from: 'random', split: 'train_inferred', seed: 5 } as const
      const one = await ask('gpt2', { job: 'predictions', probes: drawn })
      const again = await ask('gpt2', { job: 'predictions', probes: drawn })
      expect(again).toEqual(one)
      inspector.dispose()
    })

    it('keeps no tensor but the weights it holds, and frees those', async () => {
      const before = tf.memory().numTensors
      const { ask, inspector } = inspecting()
      const counts: number[] = []
      for (let round = 0; round < 2; round++) {
        for (const job of ['predictions', 'attention', 'logit-lens', 'causal-trace'] as const) {
          for (const name of ['gpt2', 'rwkv', 'mamba'] as const) {
            await ask(name, { job, probes })
          }
        }
        counts.push(tf.memory().numTensors)
      }
      expect(counts[1]).toBe(counts[0])
      inspector.dispose()
      expect(tf.memory().numTensors).toBe(before)
    })
  })
})

describe('whatever the engine', () => {
  beforeAll(async () => {
    await startEngine('auto')
  })

  it('the confusion counts every row once, at the distance of its values', async () => {
    const { ask } = inspecting()
    const { arrays, values } = await ask('llama', { job: 'predictions', probes })
    expect(sum(arrays['confusion']!.values)).toBe(12)
    const right = ['-3', '-2', '-1', '0', '+1', '+2', '+3'].map((distance) => {
      const said = distance === '0' ? '=' : distance.startsWith('-') ? '<' : '>'
      return sliceOf(arrays['confusion']!, { 'v1 - v2': distance, said }).values[0]!
    })
    expect(sum(right)).toBe(12 - values['wrong']!)
  })

  it('weights: parameters are all there, and the update is between two checkpoints', async () => {
    const { ask } = inspecting()
    const { rows, values, arrays, against } = await ask('rwkv', { job: 'weights', against: 15 })
    expect(against).toMatch(/^[0-9a-f]{64}$/)
    expect(values['norm']).toBeCloseTo(Math.hypot(...rows.map((row) => Number(row['norm']))), 4)
    expect(rows.every((row) => Number(row['relative update']) > 0)).toBe(true)
    for (const counts of rowsOf(arrays['histogram']!).slice(0, 3)) {
      const { shape } = rows[rowsOf(arrays['histogram']!).findIndex((r) => r === counts)] ?? {}
      if (shape)
        expect(sum(counts)).toBe(
          String(shape)
            .split(' x ')
            .reduce((p, n) => p * Number(n), 1)
        )
    }
    const itself = await ask('rwkv', { job: 'weights', against: 30 })
    expect(itself.rows.every((row) => row['update'] === 0)).toBe(true)
  })

  it('embeddings: colours are values, neighbours are others of the group', async () => {
    const { ask } = inspecting()
    const values = await ask('gpt2', { job: 'embeddings' })
    expect(values.rows.map((row) => [row['token'], row['value']])).toEqual(
      [0, 1, 2, 3].map((v) => [`<${v}>`, v])
    )
    const entities = await ask('gpt2', { job: 'embeddings', tokens: 'entities', neighbours: 2 })
    expect(entities.rows).toHaveLength(14)
    expect(entities.rows.every((row) => String(row['neighbours']).split(', ').length === 2)).toBe(
      true
    )
    await ask('modular', { job: 'embeddings', of: 'head' })
    await ask('composition', { job: 'embeddings', tokens: 'attributes' })
    await expect(ask('modular', { job: 'embeddings', tokens: 'labels' })).rejects.toThrow(
      /no token in the group "labels"/
    )
    await expect(
      ask('gpt2', { job: 'embeddings', tokens: 'entities', attribute: 'attr_9' })
    ).rejects.toThrow(/no attribute "attr_9"/)
  })

  it('fourier: agrees with the measures of the trainer, and refuses other data', async () => {
    const { ask } = inspecting()
    const { values, arrays } = await ask('modular', { job: 'fourier' })
    expect(arrays['logits']!.coords[0]).toEqual(['1', '2', '3'])
    expect(values['keyFrequencies']).toBeGreaterThan(0)
    await expect(ask('gpt2', { job: 'fourier' })).rejects.toThrow(/x\+y modulo an odd number/)
  })

  it('says what is missing', async () => {
    const { ask } = inspecting()
    await expect(ask('gpt2', { job: 'weights' }, 16)).rejects.toThrow(/no checkpoint of step 16/)
    await expect(
      ask('gpt2', { job: 'attention', probes: { from: 'split', split: 'trian' } })
    ).rejects.toThrow(/no split "trian"/)
    await expect(
      ask('gpt2', { job: 'attention', probes: { from: 'row', split: 'id_atomic', row: 99 } })
    ).rejects.toThrow(/no row 99/)
  })

  it('passes over a checkpoint whose weights are not those of its manifest', async () => {
    const file = path.join(folderOf('composition'), 'checkpoints/step-000000015/model.safetensors')
    const bytes = fs.readFileSync(file)
    bytes[bytes.length - 1]! ^= 1
    fs.writeFileSync(file, bytes)
    await expect(inspecting().ask('composition', { job: 'weights' }, 15)).rejects.toThrow(
      /model.safetensors is damaged/
    )
  })

  it('ends a job that is called off, drops one that waits, and goes on with the next', async () => {
    const { inspector, order, end, heard, fileOf } = inspecting()
    const first = order('gpt2', { job: 'causal-trace', probes })
    const second = order('gpt2', { job: 'predictions', probes })
    const third = order('gpt2', { job: 'attention', probes })
    inspector.cancel(second)
    inspector.cancel(first)
    expect(await end(first)).toMatchObject({ type: 'failed', error: { code: 'inspect.cancelled' } })
    expect(await end(third)).toMatchObject({ type: 'done' })
    expect(heard.some(({ id }) => id === second)).toBe(false)
    expect([first, second, third].map((id) => fs.existsSync(fileOf(id)))).toEqual([
      ...[false, false, true]
    ])
  })
})
