/** The short form of `npm run torture`: a few rounds of each scenario, with the real processes. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commandScenarios } from '../../../src/main/torture/command-scenarios'
import { migrationScenario } from '../../../src/main/torture/migration-scenario'
import { runScenarios } from '../../../src/main/torture/run-scenarios'
import type { Scenario } from '../../../src/main/torture/scenario'
import { serverScenario } from '../../../src/main/torture/server-scenario'
import { root } from '../../support/grokscope'
import { temporaryFolder } from '../../support/library'

// The trainer's rounds are in test/main/proof.
const scenarios: [scenario: Scenario, rounds: number][] = [
  [serverScenario, 2],
  [migrationScenario, 7],
  ...commandScenarios.map((scenario): [Scenario, number] => [scenario, 2])
]

const built = join(root, 'out/main')

it.each(scenarios.map(([scenario, rounds]) => [scenario.name, scenario, rounds] as const))(
  '%s: nothing is lost, damaged or half done',
  async (_name, scenario, rounds) => {
    const scratch = temporaryFolder()
    const [tally] = await runScenarios({
      ...{ scratch, built, rounds, seed: 20_261_124, scenarios: [scenario] },
      ...{ clock: () => performance.now(), say: () => undefined }
    })
    expect(tally!.faults).toEqual([])
    expect(tally).toMatchObject({ rounds, checks: expect.any(Number) })
    expect(tally!.checks).toBeGreaterThan(rounds)
    expect(readdirSync(scratch)).toEqual([])
  },
  300_000
)

it('counts a scenario that loses something, and goes on with the next', async () => {
  const scratch = temporaryFolder()
  const losing: Scenario = {
    ...{ name: 'losing', what: 'loses a run' },
    open: () =>
      Promise.resolve((n) => Promise.resolve({ kills: 1, checks: 1, faults: [`run ${n}`] }))
  }
  const breaking: Scenario = {
    ...{ name: 'breaking', what: 'breaks off' },
    open: () => Promise.reject(new Error('no disk'))
  }
  const tallies = await runScenarios({
    ...{ scratch, built, rounds: 2, seed: 1, scenarios: [losing, breaking, losing] },
    ...{ clock: () => performance.now(), say: () => undefined }
  })
  expect(tallies.map(({ rounds, kills }) => [rounds, kills])).toEqual([
    [2, 2],
    [0, 0],
    [2, 2]
  ])
  expect(tallies[0]!.faults).toEqual(['round 0: run 0', 'round 1: run 1'])
  expect(tallies[1]!.faults[0]).toContain('no disk')
  expect(existsSync(join(scratch, 'torture-losing'))).toBe(false)
})
