/** How many runs train at once: by cores, and by the memory that their settings ask for. */
import { expect, it } from 'vitest'
import { forecastMemory } from '@shared/memory-forecast'
import { parseRunConfig } from '@shared/config-input'
import { datasetShape } from '../../../src/main/datasets/index'
import { howManyFit, memoryShare, runBytes } from '../../../src/main/server/run-memory'
import { usualParallel } from '../../../src/main/server/slots'
import { forkFake, openServer, temporaryFolder, tinyConfig } from '../../support/library'

const tiny = parseRunConfig(tinyConfig(20))
const javaScript = { name: 'cpu' as const, version: '', detail: '' }
const large = parseRunConfig({
  ...tinyConfig(20),
  model: { family: 'gpt2', nLayer: 8, dModel: 768 }
})

it('a run is as large as the forecast of its settings says, and none where they cannot be read', () => {
  const forecast = forecastMemory(tiny, datasetShape(tiny.dataset), 5 * 1024, 'native')
  expect(runBytes(tiny, null)).toBe(forecast.total)
  expect(runBytes(large, null)!).toBeGreaterThan(runBytes(tiny, null)! + 500e6)
  expect(runBytes(tiny, javaScript)!).toBeLessThan(forecast.total)
  const lost = { ...tiny, dataset: { kind: 'facts', path: '/nowhere/facts.csv' } }
  expect(runBytes(lost, null)).toBeNull()
  expect(runBytes({}, null)).toBeNull()
})

it('as many fit as their mean goes into the memory for runs', () => {
  const gib = 2 ** 30
  expect(howManyFit([gib, 3 * gib], 16 * gib)).toBe(Math.floor((memoryShare * 16) / 2))
  expect(howManyFit([40 * gib], 16 * gib)).toBe(1)
  expect(howManyFit([], gib)).toBe(Infinity)
  expect(usualParallel({ cores: 16, memoryBytes: gib, hasGpu: false })).toBe(8)
  expect(usualParallel({ cores: 16, memoryBytes: gib, hasGpu: true })).toBe(1)
})

it.each([
  // The fake trainer says that it runs on "cpu", which is known once the first has started.
  ['one at a time where memory reaches for one', 1.5 * runBytes(tiny, javaScript)!, 1],
  ['two where it reaches for two', 2 * runBytes(tiny, null)!, 2]
])('cells of a study train %s', async (_, bytes, wanted) => {
  const machine = { cores: 4, hasGpu: false, memoryBytes: bytes / memoryShare }
  let [now, most] = [0, 0]
  const { server, request } = await openServer(temporaryFolder(), {
    machine: () => machine,
    startTrainer(job) {
      const trainer = forkFake('train', 5)(job)
      most = Math.max(most, ++now)
      void trainer.exited.then(() => now--)
      return trainer
    }
  })
  const axes = [{ kind: 'seeds', seeds: [1, 2, 3] }]
  const study = { name: 'seeds', title: 'Seeds', base: tinyConfig(20), axes }
  const { id } = await request['studies.create']({ study })
  await request['studies.run']({ id })
  await server.idle()
  expect(most).toBe(wanted)
  expect((await request['studies.list']({}))[0]!.counts).toEqual({ finished: 3 })
})
