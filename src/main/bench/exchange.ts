/**
 * The folder through which all contenders get the same start: `weights.safetensors` under the names of the model,
 * `data.safetensors` with the training rows and the order in which they are taken, `workload.json` for the rest.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRng } from '@shared/rng'
import { modelOf } from '../models/index'
import { flatten } from '../models/params'
import { adamW } from '../trainer/optimizer'
import { writeSafetensors } from '../trainer/safetensors'
import type { StoredTensor } from '../trainer/safetensors'
import { checkedSteps, lossEvery } from './contenders'
import { benchDataset, benchOptimizer, benchSeed } from './workloads'
import type { Workload } from './workloads'
import { createSampler } from '../trainer/sampler'

/** Epochs whose order is written down; whoever needs more begins again with the first. */
const epochs = 4

/** Writes what PyTorch needs into an existing folder. Grokscope's own contenders draw the same from the seed. */
export function writeExchange(folder: string, workload: Workload): void {
  const { model: config, batchSize, contextLength, vocabSize } = workload
  const model = modelOf(config)
  const sizes = { vocabSize, contextLength }
  const weights = model.init(config, sizes, createRng(benchSeed, 'init'))
  const { train, contextLength: T, answers: K } = benchDataset(workload)
  const sampler = createSampler(train.count, batchSize, benchSeed)
  const steps = epochs * sampler.stepsPerEpoch
  const order = new Int32Array(epochs * train.count)
  for (let step = 0, at = 0; step < steps; step++) {
    const rows = sampler.batch(step)
    order.set(rows, at)
    at += rows.length
  }
  const n = train.count
  const data: [string, StoredTensor][] = [
    ['tokens', { shape: [n, T], values: train.tokens }],
    ['positions', { shape: [n, K], values: train.positions }],
    ['labels', { shape: [n, K], values: train.labels }],
    ['order', { shape: [epochs, n], values: order }]
  ]
  const { decayed, ...optimizer } = adamW(benchOptimizer, weights)
  const description = {
    ...workload,
    hfConfig: model.hfConfig(config, sizes),
    optimizer: { ...optimizer, decayed: [...decayed] },
    checkedSteps,
    lossEvery
  }
  writeFileSync(
    join(folder, 'weights.safetensors'),
    Buffer.concat(writeSafetensors(flatten(weights)))
  )
  writeFileSync(join(folder, 'data.safetensors'), Buffer.concat(writeSafetensors(data)))
  writeFileSync(join(folder, 'workload.json'), JSON.stringify(description))
}
