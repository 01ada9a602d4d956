/** Disks that are full, read-only or gone: a plain message, a way on, nothing lost and nothing half done. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plainFault } from '../../../src/main/server/faults'
import { historyFile } from '../../../src/main/server/history'
import { listBackups } from '../../../src/main/store/backups'
import { startServer } from '../../../src/main/server/server'
import { forkTrainer } from '../../../src/main/server/runners'
import { root } from '../../support/grokscope'
import {
  forkFake,
  inState,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig,
  until
} from '../../support/library'
import { noSmallDisk, smallDisk } from '../../support/small-disk'

const realTrainer = forkTrainer(join(root, 'out/main/trainer.js'))

describe.skipIf(noSmallDisk)(noSmallDisk ?? 'on a small disk', () => {
  it('that is full, a run is refused in words and leaves nothing behind; with room it is made', async () => {
    const disk = smallDisk(4)
    const { request } = await openServer(disk.folder, { startTrainer: null })
    disk.fill(0)
    await expect(request['runs.create']({ config: tinyConfig(5) })).rejects.toMatchObject({
      code: 'disk.full',
      hint: 'Free some space and try again; nothing was changed.'
    })
    expect(readdirSync(join(disk.folder, 'runs'))).toEqual([])
    expect(await request['runs.list']({})).toEqual([])
    await until(async () =>
      (await request['library.notices']({})).some(({ id }) => id === 'library.full')
    )
    disk.empty()
    const { id } = await request['runs.create']({ config: tinyConfig(5) })
    expect((await request['runs.list']({})).map((run) => run.id)).toEqual([id])
  })

  it('that fills up in mid-run, a real run ends saying so, and goes on exactly when there is room', async () => {
    const disk = smallDisk(16)
    const { request } = await openServer(disk.folder, { startTrainer: realTrainer })
    const { id } = await request['runs.create']({
      config: { ...tinyConfig(100_000), evaluation: { every: 50, lossEvery: 1 } },
      engine: 'cpu'
    })
    await until(async () => (await request['runs.get']({ id })).lastCheckpoint !== null)
    disk.fill(20_000)
    const trainer = join(disk.folder, 'runs', id, 'trainer.json')
    await until(() => !existsSync(trainer))
    const before = recordedEvents(disk.folder, id)
    expect(before.map(({ seq }) => seq)).toEqual(before.map((_, i) => i + 1))

    disk.empty()
    // It is tried again once; where the disk was still full then, it waits for the user and says why.
    await until(async () => {
      const { state, error } = await request['runs.get']({ id })
      if (state === 'interrupted' || state === 'failed') {
        expect(error).toContain('Free some space')
        expect(error).not.toMatch(/^\s+at /m)
        await request['runs.control']({ id, command: 'resume' })
      }
      return recordedEvents(disk.folder, id).length > before.length + 20
    })
    const after = recordedEvents(disk.folder, id)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after.findLast(({ type }) => type === 'started')).toMatchObject({
      resumedFrom: expect.any(Number)
    })
    await request['runs.control']({ id, command: 'stop' })
    await inState(request, id, 'stopped')
  })

  it('that is read-only, a library is refused at the start, and changes are refused in words later', async () => {
    const disk = smallDisk(8)
    const first = await openServer(disk.folder, { startTrainer: null })
    await first.request['runs.create']({ config: tinyConfig(5) })
    await first.server.close('The test goes on.')
    disk.readOnly(true)
    const settings = { version: '1', presets: [], startTrainer: null, log: () => undefined }
    await expect(
      startServer({ library: disk.folder, now: Date.now, ...settings })
    ).rejects.toMatchObject({
      code: 'store.readOnly',
      hint: expect.stringContaining('writable')
    })
    disk.readOnly(false)
    const { request } = await openServer(disk.folder, { startTrainer: null })
    expect(await request['runs.list']({})).toHaveLength(1)
  })
})

describe('a library that is taken away', () => {
  it('gives no run up: what waits starts when it is back, and the user is told', async () => {
    const library = join(temporaryFolder(), 'library')
    const away = `${library}-away`
    const { request } = await openServer(library, {
      startTrainer: forkFake('train', 2),
      patience: { backUpAfterMs: 0 }
    })
    await request['queue.set']({ paused: true })
    const { id } = await request['runs.create']({ config: tinyConfig(30) })
    await until(() => listBackups(historyFile(library)).length > 0)
    renameSync(library, away)
    await until(async () =>
      (await request['library.notices']({})).some((notice) => notice.id === 'library.gone')
    )
    await expect(request['runs.create']({ config: tinyConfig(5) })).rejects.toMatchObject({
      code: 'library.gone'
    })
    // Nothing is made anew where it was.
    expect(existsSync(library)).toBe(false)
    renameSync(away, library)
    await until(async () => (await request['library.notices']({})).length === 0)
    await request['queue.set']({ paused: false })
    expect((await inState(request, id, 'finished')).error).toBeNull()
  })

  it('in mid-run ends the run in words, and makes no folder where it was', async () => {
    const library = join(temporaryFolder(), 'library')
    const away = `${library}-away`
    const { request } = await openServer(library, { startTrainer: realTrainer })
    const { id } = await request['runs.create']({ config: tinyConfig(100_000), engine: 'wasm' })
    await until(async () => (await request['runs.get']({ id })).lastCheckpoint !== null)
    renameSync(library, away)
    await until(() => recordedEvents(away, id).some(({ type }) => type === 'ended'))
    expect(recordedEvents(away, id).at(-1)).toMatchObject({
      outcome: 'failed',
      error: expect.stringMatching(/could not be written to .*Free some space or make/s)
    })
    expect(existsSync(library)).toBe(false)
    renameSync(away, library)
    await inState(request, id, 'failed')
  })
})

describe('system errors', () => {
  const library = '/nowhere/library'
  const thrown = (code: string): Error => Object.assign(new Error('no'), { code })

  it.each([
    ['ENOSPC', 'disk.full'],
    ['SQLITE_FULL', 'disk.full'],
    ['EROFS', 'library.readOnly'],
    ['SQLITE_READONLY_DBMOVED', 'library.readOnly'],
    ['SQLITE_CORRUPT_INDEX', 'store.corrupt'],
    ['SQLITE_BUSY', 'store.busy'],
    ['SQLITE_IOERR_WRITE', 'library.gone'],
    ['ESTALE', 'library.gone'],
    ['ENOENT', 'library.gone']
  ])('%s is said as %s, with a way on', (code, said) => {
    expect(plainFault(thrown(code), library)).toMatchObject({
      code: said,
      hint: expect.stringMatching(/.+/),
      message: expect.stringContaining(library)
    })
  })

  it('bugs, and single files that are missing, stay what they are', () => {
    for (const error of [new TypeError('x'), thrown('ERR_INVALID_ARG_TYPE')]) {
      expect(plainFault(error, library)).toBe(error)
    }
    const missing = thrown('ENOENT')
    expect(plainFault(missing, root)).toBe(missing)
  })
})

describe('damaged checkpoints', () => {
  it('are passed over, and it is said which and from where the run went on', async () => {
    const library = temporaryFolder()
    const first = await openServer(library, { startTrainer: realTrainer })
    const { id } = await first.request['runs.create']({ config: tinyConfig(40), engine: 'cpu' })
    await inState(first.request, id, 'finished')
    await first.server.close('The test goes on.')
    const folder = join(library, 'runs', id)
    // As a kill after the last checkpoint would leave it, on a disk that lost some of its bytes.
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').split('\n')
    const kept = lines.filter((line) => line !== '' && !line.includes('"type":"ended"'))
    writeFileSync(join(folder, 'events.jsonl'), kept.join('\n') + '\n')
    truncateSync(join(folder, 'checkpoints/step-000000040/optimizer.safetensors'), 100)
    rmSync(join(library, 'history.sqlite'))

    const { request } = await openServer(library, { startTrainer: realTrainer })
    await request['runs.control']({ id, command: 'resume' })
    await inState(request, id, 'finished')
    const started = recordedEvents(library, id).findLast(({ type }) => type === 'started')
    expect(started).toMatchObject({ resumedFrom: 30, damaged: [40] })
    const [notice] = await request['library.notices']({})
    expect(notice!.sentence).toContain('is damaged or incomplete; it went on from step 30')
  })
})
