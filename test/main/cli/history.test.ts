import { readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listBackups } from '../../../src/main/store/backups'
import { runWords } from '../../support/cli'
import { inState, openServer, temporaryFolder, tinyConfig, until } from '../../support/library'

/** The day's backup at once. */
const soon = { patience: { backUpAfterMs: 0 } }

async function library() {
  const folder = temporaryFolder()
  const file = join(folder, 'history.sqlite')
  const { server, request } = await openServer(folder, soon)
  const { id } = await request['runs.create']({ config: tinyConfig(12), name: 'one' })
  await inState(request, id, 'finished')
  await until(() => listBackups(file).length > 0)
  const words = (...all: string[]) => runWords(['history', ...all, '--runs', folder], folder)
  return { folder, file, id, server, request, words }
}

describe('grokscope history', () => {
  it('checks, backs up, lists, and restores; later runs and names come from their folders', async () => {
    const { folder, file, id, server, request, words } = await library()
    expect(await words('check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 runs')
    })
    const made = await words('backup')
    expect(made.code).toBe(0)
    const name = basename(made.stdout.trim())
    expect((await words('backups')).stdout).toContain(name)

    await request['runs.update']({ id, name: 'renamed since' })
    const later = await request['runs.create']({ config: tinyConfig(12, 2), name: 'two' })
    await inState(request, later.id, 'finished')
    // While it is open, nothing is put in its place.
    expect(await words('restore', name)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Close Grokscope')
    })
    await server.close('The test goes on.')

    const restored = await words('restore', name)
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('queue is paused') })
    expect(readdirSync(folder).filter((entry) => entry.endsWith('.replaced'))).toHaveLength(1)
    const again = await openServer(folder, soon)
    const names = (await again.request['runs.list']({})).map((run) => run.name)
    expect(names.sort()).toEqual(['renamed since', 'two'])
    expect((await again.request['queue.get']({})).paused).toBe(true)
    expect(listBackups(file).length).toBeGreaterThan(0)
  })

  it('refuses a damaged backup and leaves everything as it was', async () => {
    const { folder, file, server, words } = await library()
    await server.close('The test goes on.')
    const [backup] = listBackups(file)
    writeFileSync(backup!.path, 'no database '.repeat(1000))
    expect(await words('restore', 'newest')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Nothing was changed')
    })
    expect(readdirSync(folder).filter((entry) => entry.endsWith('.replaced'))).toEqual([])
    expect((await words('check')).code).toBe(0)
  })

  it('says what it knows where it is asked for something else', async () => {
    const folder = temporaryFolder()
    const words = (...all: string[]) => runWords(['history', ...all, '--runs', folder], folder)
    expect((await words('bakup')).stderr).toContain('Did you mean history backup?')
    expect((await words('restore')).stderr).toContain('needs a BACKUP')
    expect((await words('restore', 'newest')).stderr).toContain('There is none at all')
    expect((await words('check')).stderr).toContain('There is no history')
    expect((await words('backups')).stdout).toContain('There is no backup yet')
  })
})
