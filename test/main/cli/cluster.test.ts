import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runWords } from '../../support/cli'
import { temporaryFolder } from '../../support/library'

it('adds, shows, lists and forgets a profile', async () => {
  const home = temporaryFolder()
  const library = join(home, 'library')
  mkdirSync(library)
  const run = (...words: string[]) => runWords(['cluster', ...words, '--runs', library], home)
  expect((await run('list')).stdout).toContain('No clusters yet')
  const set = ['--set', 'timeLimit=30', '--set', 'gpus=1', '--set', 'partition=2']
  const added = await run('add', 'hpc', '--host', 'login', ...set)
  expect([added.code, added.stderr]).toEqual([0, ''])
  expect(added.stdout).toContain('grokscope cluster check hpc')
  expect(JSON.parse((await run('show', 'hpc', '--json')).stdout)).toMatchObject({
    ...{ host: 'login', timeLimit: '30', gpus: 1, partition: '2', folder: '~/grokscope' }
  })
  expect((await run('list')).stdout).toMatch(/hpc +login/)
  expect((await run('jobs')).stdout).toContain('Nothing of this library is on a cluster')
  expect((await run('remove', 'hpc')).code).toBe(0)
  expect((await run('list', '--json')).stdout).toBe('[]\n')
})

it('takes a profile from a file, and refuses one that is wrong without writing anything', async () => {
  const home = temporaryFolder()
  const run = (...words: string[]) => runWords(['cluster', ...words, '--runs', home], home)
  const file = join(home, 'shared.json')
  writeFileSync(file, JSON.stringify({ name: 'hpc', host: 'login', cpus: 8 }))
  expect((await run('add', file)).code).toBe(0)
  const kept = readFileSync(join(home, 'clusters', 'hpc.json'), 'utf8')
  const refused = await run('add', 'hpc', '--host', 'login', '--set', 'cpus=0')
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('cpus')
  expect(readFileSync(join(home, 'clusters', 'hpc.json'), 'utf8')).toBe(kept)
})

it('names what is missing or misspelt, and the way on', async () => {
  const home = temporaryFolder()
  const said = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await runWords([...words, '--runs', home], home)
    expect(code, words.join(' ')).toBe(2)
    return stderr
  }
  expect(await said('cluster', 'chekc')).toContain('Did you mean cluster check?')
  expect(await said('cluster', 'show')).toContain('needs NAME')
  expect(await said('cluster', 'check', 'hpc')).toContain('grokscope cluster add')
  expect(await said('cluster', 'add', 'hpc')).toContain('host')
  const train = ['train', 'modular-coffee', '--on', 'hpc', '--set', 'budget.steps=5']
  expect(await said(...train)).toContain('no cluster profile "hpc"')
  expect(await said(...train, '--poll', 'x')).toContain('whole seconds')
})
