import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseClusterProfile } from '@shared/cluster'
import { expect, it } from 'vitest'
import {
  listProfiles,
  readProfile,
  removeProfile,
  writeProfile
} from '../../../src/main/cluster/profiles'
import { temporaryFolder } from '../../support/library'

it('a profile is a file that comes back as it was, and is forgotten with its jobs', () => {
  const library = temporaryFolder()
  const profile = parseClusterProfile({ name: 'hpc', host: 'me@login.example.edu', gpus: 2 })
  writeProfile(library, profile)
  expect(readProfile(library, 'hpc')).toEqual(profile)
  mkdirSync(join(library, 'clusters', 'hpc', 'batches'), { recursive: true })
  removeProfile(library, 'hpc')
  expect(existsSync(join(library, 'clusters', 'hpc'))).toBe(false)
  expect(() => readProfile(library, 'hpc')).toThrow('no cluster profile')
})

it('refuses what would break a batch script or a command line, naming the field', () => {
  for (const [key, value] of [
    ['name', '../x'],
    ['host', '-oProxyCommand=x'],
    ['host', 'a b'],
    ['folder', 'relative'],
    ['partition', 'a\n#SBATCH --x'],
    ['account', 'a b'],
    ['timeLimit', 'soon'],
    ['cpus', 0],
    ['gpu', 1]
  ] as const) {
    const input = { name: 'hpc', host: 'login', [key]: value }
    expect(() => parseClusterProfile(input), `${key} ${value}`).toThrow(
      expect.objectContaining({
        code: 'cluster.profile',
        issues: [expect.objectContaining({ path: key })]
      })
    )
  }
})

it('a damaged file does not hide the others, and names its fault when it is asked for', () => {
  const library = temporaryFolder()
  writeProfile(library, parseClusterProfile({ name: 'good', host: 'login' }))
  writeFileSync(join(library, 'clusters', 'torn.json'), '{"name": "to')
  const log: string[] = []
  expect(listProfiles(library, (line) => log.push(line)).map(({ name }) => name)).toEqual(['good'])
  expect(log[0]).toContain('torn.json')
  expect(() => readProfile(library, 'torn')).toThrow('not JSON')
  expect(() => readProfile(library, 'godd')).toThrow(
    expect.objectContaining({ hint: 'Did you mean good?' })
  )
})
