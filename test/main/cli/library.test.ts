import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import { findRun } from '../../../src/main/cli/library'
import { runWords } from '../../support/cli'
import { temporaryFolder } from '../../support/library'

describe('findRun', () => {
  const runs = [
    { id: '20260101-120000-aaaa', name: 'first' },
    { id: '20260101-130000-bbbb', name: 'twice' },
    { id: '20260202-130000-cccc', name: 'twice' },
    { id: 'first', name: 'odd' }
  ] as RunRow[]

  test.each([
    ['20260101-120000-aaaa', 0],
    ['20260101-12', 0],
    ['202602', 2],
    ['odd', 3],
    ['first', 3] // an id wins over a name
  ])('%s is found', (name, at) => {
    expect(findRun(runs, name)).toBe(runs[at])
  })

  test.each([
    [
      '20260101',
      /"20260101" could be 2 runs: 20260101-120000-aaaa \(first\), 20260101-130000-bbbb/
    ],
    ['twice', /"twice" could be 2 runs/],
    ['nobody', /There is no run "nobody"/],
    ['', /There is no run ""/]
  ])('"%s" is refused', (name, message) => {
    expect(() => findRun(runs, name)).toThrow(UserError)
    expect(() => findRun(runs, name)).toThrow(message)
  })
})

describe('a library that is not there', () => {
  test('is refused where it was named, and not made', async () => {
    const folder = join(temporaryFolder(), 'mistyped')
    const { code, stderr } = await runWords(['runs', '--runs', folder], '/nowhere')
    expect(code).toBe(2)
    expect(stderr).toContain(`There is no library folder ${folder}.`)
    expect(existsSync(folder)).toBe(false)
  })

  test('is empty where it is the default one, and not made', async () => {
    const home = temporaryFolder()
    expect(await runWords(['runs', '--json'], home)).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: ''
    })
    expect((await runWords(['runs'], home)).stdout).toMatch(/^No runs yet/)
    const { code, stderr } = await runWords(['show', 'some'], home)
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no run "some".')])
    expect(existsSync(join(home, '.local'))).toBe(false)
  })

  test('names of the environment lead to it', async () => {
    const folder = temporaryFolder()
    const env = { GROKSCOPE_LIBRARY: folder }
    expect((await runWords(['runs', '--json'], '/nowhere', { env })).stdout).toBe('[]\n')
    expect(existsSync(join(folder, 'history.sqlite'))).toBe(true)
  })
})
