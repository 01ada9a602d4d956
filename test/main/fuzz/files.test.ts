import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { TrainerEvent } from '@shared/events'
import { parseStudy } from '@shared/study-input'
import {
  readView,
  usualView,
  viewFromAddress,
  viewFromFile,
  viewToFile
} from '@shared/view-address'
import { readRows } from '../../../src/main/datasets/facts-file'
import { readEventLines } from '../../../src/main/server/event-lines'
import { readSafetensors, writeSafetensors } from '../../../src/main/trainer/safetensors'
import { cases, damagedBytes, damagedJson, nasty } from '../../support/fuzz'
import { temporaryFolder, tinyConfig } from '../../support/library'

/** Either a value, or a refusal in words: anything else that is thrown is a fault of ours. */
function sane(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.message.length).toBeGreaterThan(0)
  }
}

describe('settings, studies and views', () => {
  const config = parseRunConfig(tinyConfig(30))
  const study = parseStudy({
    ...{
      name: 'widths',
      title: 'Widths',
      question: 'Which?',
      base: tinyConfig(30),
      set: { 'budget.steps': 5 }
    },
    axes: [
      { kind: 'values', path: 'model.dModel', values: [8, 16] },
      { kind: 'range', path: 'optimizer.lr', from: 1e-4, to: 1e-2, count: 3, scale: 'log' },
      { kind: 'seeds', seeds: [1, 2] }
    ],
    claims: [
      {
        sentence: 'Wider is earlier.',
        axis: 'dModel',
        first: '8',
        second: '16',
        direction: 'earlier'
      }
    ]
  })

  test('that are damaged, or anything at all, are read or refused in words', () => {
    fc.assert(
      fc.property(
        fc.oneof(damagedJson(config), nasty),
        fc.oneof(damagedJson(study), nasty),
        (first, second) => {
          sane(() => parseRunConfig(first))
          sane(() => parseStudy(second))
        }
      ),
      cases('settings', 400)
    )
    fc.assert(
      fc.property(fc.oneof(damagedJson(usualView), nasty), fc.string(), (view, text) => {
        sane(() => readView(view, 'a view'))
        sane(() => viewFromFile(JSON.stringify(view) ?? ''))
        sane(() => viewFromFile(text))
        sane(() => viewFromAddress(text))
      }),
      cases('settings', 300)
    )
    sane(() => viewFromFile(viewToFile(usualView)))
  })

  test('do not change what all objects have', () => {
    sane(() =>
      parseRunConfig(
        JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')
      )
    )
    sane(() =>
      parseStudy(
        JSON.parse('{"name": "x", "title": "x", "base": {}, "set": {"__proto__.polluted": 1}}')
      )
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('safetensors', () => {
  const tensors: [string, { shape: number[]; values: Float32Array }][] = [
    ['a', { shape: [2, 3], values: new Float32Array([1, 2, 3, 4, 5, 6]) }],
    ['b', { shape: [1], values: new Float32Array([7]) }]
  ]
  const sound = Buffer.concat(writeSafetensors(new Map(tensors), { format: 'pt' }))

  test('that are damaged are read whole or refused', () => {
    fc.assert(
      fc.property(damagedBytes(sound), (bytes) =>
        sane(() => readSafetensors(bytes, 'x.safetensors'))
      ),
      cases('tensors', 500)
    )
  })

  test('whose header lies about sizes take no memory for it', () => {
    const header = Buffer.from(
      '{"a":{"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,4]}}'
    )
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    sane(() => readSafetensors(Buffer.concat([length, header, Buffer.alloc(4)]), 'x'))
    for (const claimed of [2n ** 63n, 2n ** 40n, 0n]) {
      length.writeBigUInt64LE(claimed)
      sane(() => readSafetensors(Buffer.concat([length, header]), 'x'))
    }
  })
})

test('event lines that are damaged are passed over, and what is read is events', () => {
  const path = join(temporaryFolder(), 'events.jsonl')
  const lines = [
    { seq: 1, at: 1, type: 'metrics', step: 0, values: { batchLoss: 0.5, 'accuracy/train': null } },
    { seq: 2, at: 2, type: 'checkpoint', step: 10, name: 'step-000000010' },
    { seq: 3, at: 3, type: 'ended', step: 10, outcome: 'finished' }
  ]
  const sound = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  fc.assert(
    fc.property(damagedBytes(sound), fc.nat(300), (bytes, from) => {
      writeFileSync(path, bytes)
      const read = readEventLines(path, from)
      for (const event of read.events) TrainerEvent.parse(event)
      expect(read.bytes).toBeLessThanOrEqual(Math.max(bytes.length, from))
    }),
    cases('lines', 300)
  )
})

test('facts files that are damaged are read or refused in words', () => {
  const csv = Buffer.from('entity,height,"the, width"\na,1,2\n"b ""x""",2,\nc,3,4\n')
  const columns = { entity: 'entity', value: 'height' }
  fc.assert(
    fc.property(
      fc.oneof(
        damagedBytes(csv),
        fc.string().map((text) => Buffer.from(text))
      ),
      (bytes) => sane(() => readRows({ path: 'x.csv', bytes, sha256: '' }, columns))
    ),
    cases('csv', 300)
  )
})
