import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainerEvent } from '@shared/events'
import { compareRuns, measured } from '../../../src/main/proof/compare-runs'
import { temporaryFolder } from '../../support/library'

const at = 0
const engine = { name: 'cpu', version: '1', detail: 'x' } as const
const started = (seq: number, step: number, resumedFrom?: number): TrainerEvent => ({
  ...{ seq, at, type: 'started', step, steps: 3, stepsPerEpoch: 1, engine, parameterCount: 9 },
  ...{ datasetHash: 'abc', ...(resumedFrom !== undefined && { resumedFrom }) }
})
const loss = (seq: number, step: number, batchLoss: number | null): TrainerEvent => ({
  ...{ seq, at, type: 'metrics', step, values: { batchLoss } }
})
const end = (seq: number): TrainerEvent => ({
  ...{ seq, at, type: 'ended', step: 3, outcome: 'finished' }
})

function write(folder: string, events: readonly TrainerEvent[]): void {
  mkdirSync(join(folder, 'checkpoints/step-000000002'), { recursive: true })
  writeFileSync(join(folder, 'events.jsonl'), events.map((e) => `${JSON.stringify(e)}\n`).join(''))
  for (const file of ['model.safetensors', 'optimizer.safetensors', 'config.json']) {
    writeFileSync(join(folder, 'checkpoints/step-000000002', file), `content of ${file}`)
  }
}

describe('two runs', () => {
  function twoFolders(): { calm: string; other: string } {
    const folder = temporaryFolder()
    const calm = join(folder, 'calm')
    write(calm, [started(1, 0), loss(2, 1, 0.5), loss(3, 2, 0.25), loss(4, 3, null), end(5)])
    return { calm, other: join(folder, 'other') }
  }

  it('are equal where what was superseded is left out', () => {
    const { calm, other } = twoFolders()
    write(other, [
      ...[started(1, 0), loss(2, 1, 0.5), loss(3, 2, 77), loss(4, 3, 78)],
      ...[started(5, 1, 1), loss(6, 2, 0.25), loss(7, 3, null), end(8)]
    ])
    const { differences, compared } = compareRuns(calm, other)
    expect(differences).toEqual([])
    expect(compared).toMatchObject({ values: 6, checkpoints: 1 })
  })

  it('differ in the last bit of a value and in a value more or less', () => {
    const { calm, other } = twoFolders()
    write(other, [started(1, 0), loss(2, 1, 0.5 + 2 ** -53), loss(3, 2, 0.25), end(4)])
    expect(compareRuns(calm, other).differences).toEqual([
      `step 1, batchLoss is ${0.5 + 2 ** -53}, not 0.5`,
      'step 3, batchLoss is missing'
    ])
    expect(compareRuns(other, calm).differences).toContain('step 3, batchLoss is new')
  })

  it('differ in one byte of a checkpoint, and where one has a file or a checkpoint more', () => {
    const { calm, other } = twoFolders()
    cpSync(calm, other, { recursive: true })
    const file = join(other, 'checkpoints/step-000000002/optimizer.safetensors')
    const bytes = readFileSync(file)
    bytes[3]! ^= 1
    writeFileSync(file, bytes)
    rmSync(join(other, 'checkpoints/step-000000002/config.json'))
    mkdirSync(join(other, 'checkpoints/step-000000003'))
    expect(compareRuns(calm, other).differences).toEqual([
      'checkpoint step-000000003 is new',
      'optimizer.safetensors of checkpoint step-000000002 differs',
      'config.json of checkpoint step-000000002 is missing'
    ])
  })

  it('that began anew have nothing left from before', () => {
    const values = measured([started(1, 0), loss(2, 1, 0.5), started(3, 0)])
    expect([...values.keys()]).toEqual(['parameters', 'data set abc'])
  })
})
