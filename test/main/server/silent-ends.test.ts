import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explainEnd, memoryKills } from '../../../src/main/server/silent-ends'
import { forkTrainer } from '../../../src/main/server/runners'
import { inState, openServer, temporaryFolder, tinyConfig } from '../../support/library'

const quiet = { signal: null, words: '', memoryKills: 0 }

describe('an end without a word', () => {
  it.each([
    ['the system counted one killed for want of memory', { ...quiet, memoryKills: 1 }],
    ['a SIGKILL of unknown origin', { ...quiet, signal: 'SIGKILL' as const }],
    ['V8 said so', { ...quiet, words: 'FATAL ERROR: JavaScript heap out of memory' }],
    ['C++ said so', { ...quiet, words: "terminate called after 'std::bad_alloc'" }]
  ])('is put down to memory, with advice, where %s', (_, end) => {
    expect(explainEnd(end)).toMatch(/memory/)
    expect(explainEnd(end)).toContain('Train fewer runs at once')
  })

  it('is not where nothing says so', () => {
    expect(explainEnd(quiet)).toBe('The trainer ended without saying so.')
    expect(explainEnd({ ...quiet, signal: 'SIGSEGV' })).toContain('SIGSEGV')
    expect(explainEnd({ ...quiet, signal: 'SIGSEGV', memoryKills: null })).not.toContain('memory')
  })

  it("reads the system's count", () => {
    const file = join(temporaryFolder(), 'vmstat')
    writeFileSync(file, 'nr_free_pages 12\noom_kill 7\nworkingset 3\n')
    expect(memoryKills(file)).toBe(7)
    writeFileSync(file, 'nr_free_pages 12\n')
    expect(memoryKills(file)).toBeNull()
    expect(memoryKills(join(temporaryFolder(), 'none'))).toBeNull()
  })

  it('of a real process that runs out of memory is told with the run', async () => {
    const folder = temporaryFolder()
    const greedy = join(folder, 'greedy.mjs')
    writeFileSync(
      greedy,
      `import v8 from 'node:v8'
       v8.setFlagsFromString('--max-old-space-size=20')
       const held = []
       process.on('message', () => { for (;;) held.push(new Array(100000).fill(1.5)) })`
    )
    const { request } = await openServer(join(folder, 'library'), {
      startTrainer: forkTrainer(greedy)
    })
    const { id } = await request['runs.create']({ config: tinyConfig(5) })
    const { error } = await inState(request, id, 'interrupted')
    expect(error).toContain('It ran out of memory.')
    expect(error).toContain('Train fewer runs at once')
  })
})
