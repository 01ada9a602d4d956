/** Every study of resources/studies, planned by a server as the app would: its cells, steps and disk, before anything runs. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { planAxes } from '@shared/study-axes'
import { readPresets, readStudyPresets } from '../../../src/main/server/presets'
import { openServer, temporaryFolder } from '../../support/library'

const folderOf = (name: string): string =>
  fileURLToPath(new URL(`../../../resources/${name}/`, import.meta.url))
const presets = readPresets(folderOf('presets'), (line) => expect.fail(line))
const studies = readStudyPresets(folderOf('studies'), (line) => expect.fail(line))

it('are there', () => expect(studies.length).toBeGreaterThan(13))

it.each(studies.map((study) => [study.name, study] as const))('%s', async (_, study) => {
  const settings = { presets, studyPresets: studies, startTrainer: null }
  const { request } = await openServer(temporaryFolder(), settings)
  const { id } = await request['studies.create']({ study })
  const { cells, forecast, standings, split } = await request['studies.plan']({ id })
  const wanted = planAxes(study).reduce((product, { points }) => product * points.length, 1)
  expect(cells).toHaveLength(wanted)
  // A base with its budget set: every cell has as many steps.
  const steps = wanted * Number(study.set['budget.steps'])
  expect(forecast).toMatchObject({ cells: wanted, unknown: wanted, steps: [steps, steps] })
  expect(forecast.diskBytes).toBeGreaterThan(0)
  expect(split).toBe('test_inferred_ood')
  expect(standings.map(({ state }) => state)).toEqual(study.claims.map(() => 'unrecorded'))
})
