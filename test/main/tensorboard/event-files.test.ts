/** Event files as TensorBoard itself reads and writes them, and the format beneath. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { TrainerEvent } from '@shared/events'
import { UserError } from '@shared/errors'
import { decodeEvent, encodeEvent } from '../../../src/main/tensorboard/event-message'
import { readEventFiles } from '../../../src/main/tensorboard/reader'
import { crc32c, frameRecord, readRecords } from '../../../src/main/tensorboard/records'
import { openTensorBoard } from '../../../src/main/tensorboard/writer'
import { askPython, skipPython } from '../../support/python'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-tensorboard-'))
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))
const newFolder = (): string => fs.mkdtempSync(path.join(root, 'run-'))
const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('records', () => {
  it('have the checksum of RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
    expect(crc32c(bytes('123456789'))).toBe(0xe3069283)
  })

  it('come back whole, one after the other; a cut file gives those that are whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(), (datas, cut) => {
        const file = Buffer.concat(datas.map(frameRecord))
        expect(readRecords(file)).toEqual({
          records: datas.map((d) => Buffer.from(d)),
          damagedAt: null
        })
        const { records, damagedAt } = readRecords(file.subarray(0, cut % (file.length + 1)))
        expect(damagedAt).toBeNull()
        expect(records).toEqual(datas.slice(0, records.length).map((d) => Buffer.from(d)))
      })
    )
  })

  it('are read up to the first damaged byte', () => {
    const file = Buffer.concat([frameRecord(bytes('one')), frameRecord(bytes('two'))])
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file)
      damaged[at]! ^= 0x10
      const { records, damagedAt } = readRecords(damaged)
      expect(records.length).toBe(at < 19 ? 0 : 1)
      expect(damagedAt).toBe(at < 19 ? 0 : 19)
    }
  })
})

describe('event messages', () => {
  const scalar = fc.tuple(fc.string({ maxLength: 30 }), fc.float())
  it('come back as they were', () => {
    const event = fc.record({
      wallTime: fc.double({ noNaN: true, noDefaultInfinity: true }),
      step: fc.nat(Number.MAX_SAFE_INTEGER),
      values: fc.array(scalar)
    })
    fc.assert(
      fc.property(event, (event) => {
        const whole = event.values.map(([tag, x]) => [Buffer.from(tag).toString(), x])
        expect(decodeEvent(encodeEvent(event))).toEqual({ ...event, values: whole })
      })
    )
    expect(
      decodeEvent(encodeEvent({ wallTime: 1, step: 2, values: [], start: true }))
    ).toMatchObject({
      start: true
    })
  })

  it('of any bytes are an event or none, and never an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (any) => {
        const event = decodeEvent(any)
        expect(event === null || Number.isSafeInteger(event.step)).toBe(true)
      }),
      { numRuns: 2000 }
    )
  })
})

describe('a folder of event files', () => {
  it('without a scalar is refused', () => {
    const folder = newFolder()
    fs.writeFileSync(path.join(folder, 'events.out.tfevents.1'), 'no record at all')
    expect(() => readEventFiles(folder)).toThrow(UserError)
  })

  it('takes the later word on a step, and what a new start voids', () => {
    const folder = newFolder()
    const write = (name: string, events: Parameters<typeof encodeEvent>[0][]): void =>
      fs.writeFileSync(
        path.join(folder, `events.out.tfevents.${name}`),
        Buffer.concat(events.map((event) => frameRecord(encodeEvent(event))))
      )
    const at = (step: number, x: number) => ({ wallTime: step, step, values: [['x', x] as const] })
    write('1', [at(1, 1), at(2, 2), at(5, 5)])
    write('2', [{ wallTime: 9, step: 3, values: [], start: true }, at(3, 30), at(3, 31)])
    const { steps, notes } = readEventFiles(folder)
    expect(steps.map(({ step, values }) => [step, values.get('x')])).toEqual([
      [1, 1],
      [2, 2],
      [3, 31]
    ])
    expect(notes).toEqual([])
  })
})

describe.skipIf(skipPython)(`TensorBoard ${skipPython ?? ''}`, () => {
  const metrics = (step: number, values: Record<string, number | null>): TrainerEvent => {
    return { type: 'metrics', seq: step + 1, at: 1.7e12 + step, step, values }
  }

  it('reads what is written while the file is still open', () => {
    const folder = newFolder()
    const writer = openTensorBoard(folder, 1.7e12)
    writer.append(metrics(0, { 'accuracy/train': 0.25, batchLoss: null }))
    writer.append(metrics(150, { 'accuracy/train': 0.5, 'loss/тест': 1e-9 }))
    const [read] = askPython('tensorboard_files.py', [{ read: folder }]) as [
      Record<string, [number, number, number | null][]>
    ]
    writer.close()
    expect(Object.keys(read).sort()).toEqual(['accuracy/train', 'batchLoss', 'loss/тест'])
    expect(read['accuracy/train']).toEqual([
      [0, 1.7e9, 0.25],
      [150, 1.7e9 + 0.15, 0.5]
    ])
    expect(read['batchLoss']).toEqual([[0, 1.7e9, null]]) // NaN there
    expect(read['loss/тест']![0]![2]).toBeCloseTo(1e-9, 15)
  }, 120_000)

  it('forgets what a resumed run takes back', () => {
    const folder = newFolder()
    const first = openTensorBoard(folder, 1.7e12)
    for (const step of [10, 20, 30]) first.append(metrics(step, { x: step }))
    first.close()
    const second = openTensorBoard(folder, 1.7e12 + 60_000)
    second.append({
      ...{ type: 'started', seq: 9, at: 1.7e12 + 60_000, step: 20, steps: 50, stepsPerEpoch: 1 },
      ...{ parameterCount: 1, datasetHash: '', resumedFrom: 20 },
      engine: { name: 'cpu', version: '', detail: '' }
    })
    second.append(metrics(40, { x: 400 }))
    second.close()
    const [read] = askPython('tensorboard_files.py', [{ read: folder }]) as [
      Record<string, [number, number, number][]>
    ]
    expect(read['x']!.map(([step, , value]) => [step, value])).toEqual([
      [10, 10],
      [20, 20],
      [40, 400]
    ])
    expect(readEventFiles(folder).steps.map(({ step }) => step)).toEqual([10, 20, 40])
  }, 120_000)

  it.each(['simple', 'tensor'])(
    'writes files that are read here: %s values',
    (style) => {
      const folder = newFolder()
      const scalars = [
        ['loss', 1, 0.5],
        ['eval/accuracy', 1, 0.25],
        ['loss', 200000, 0.125]
      ]
      askPython('tensorboard_files.py', [{ write: folder, style, scalars }])
      const { steps } = readEventFiles(folder)
      expect(steps.map(({ step, at, values }) => [step, at, Object.fromEntries(values)])).toEqual([
        [1, 1000 * (1e9 + 1), { loss: 0.5, 'eval/accuracy': 0.25 }],
        [200000, 1000 * (1e9 + 200000), { loss: 0.125 }]
      ])
    },
    120_000
  )
})
