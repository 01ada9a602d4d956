import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenedPack } from '@shared/pack'
import type { ApiClient } from '@shared/contract'
import { describe, expect, test } from 'vitest'
import {
  inState,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig
} from '../../support/library'
import { packBytes, packedId, packMembers } from '../../support/packs'

async function trained(request: ApiClient, seed = 1, name = `seed ${seed}`): Promise<string> {
  const { id } = await request['runs.create']({ name, config: tinyConfig(25, seed) })
  await inState(request, id, 'finished')
  return id
}

/** Gives the checkpoints of a made-up trainer, which are empty, files of the right form. */
function fillCheckpoints(library: string, id: string): void {
  const parent = join(library, 'runs', id, 'checkpoints')
  for (const name of readdirSync(parent)) {
    const file = { bytes: 4, sha256: createHash('sha256').update(name).digest('hex') }
    const manifest = {
      version: 1,
      step: Number(name.slice(5)),
      files: { 'model.safetensors': file }
    }
    writeFileSync(join(parent, name, 'manifest.json'), JSON.stringify(manifest))
    writeFileSync(join(parent, name, 'model.safetensors'), name.slice(-4))
  }
}

/** A written pack's bytes. */
async function fetched(request: ApiClient, ticket: string): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let offset: number | null = 0; offset !== null;) {
    const part = await request['packs.read']({ ticket, offset })
    parts.push(Buffer.from(part.base64, 'base64'))
    offset = part.next
  }
  return Buffer.concat(parts)
}

async function opened(
  request: ApiClient,
  bytes: Buffer,
  name = 'some.grokpack'
): Promise<OpenedPack> {
  let ticket: string | null = null
  for (let offset = 0; offset < bytes.length; offset += 10_000) {
    const base64 = bytes.subarray(offset, offset + 10_000).toString('base64')
    ;({ ticket } = await request['packs.upload']({ ticket, offset, base64 }))
  }
  return request['packs.open']({ ticket: ticket!, name })
}

/** All files of a library but the history, with their sizes. */
const filesOf = (library: string): string[] =>
  readdirSync(library, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('history.sqlite'))
    .sort()

describe('a pack of runs', () => {
  test('brings settings, seeds, curves, notes and checkpoints into another library, once', async () => {
    const [from, to] = [temporaryFolder(), temporaryFolder()]
    const here = await openServer(from)
    const ids = [await trained(here.request, 1), await trained(here.request, 2)]
    for (const id of ids) fillCheckpoints(from, id)
    await here.request['runs.update']({ id: ids[0]!, tags: ['kept'], note: 'a note' })
    const written = await here.request['packs.create']({ runs: ids, checkpoints: 'last' })
    expect(written).toMatchObject({ runs: 2, checkpoints: 2, notes: [] })
    const bytes = await fetched(here.request, written.ticket)
    expect(bytes).toHaveLength(written.bytes)

    const there = await openServer(to)
    const first = await opened(there.request, bytes)
    expect(first).toMatchObject({
      added: ids,
      known: [],
      study: null,
      fingerprint: written.fingerprint
    })
    for (const id of ids) {
      const [was, is] = await Promise.all([
        here.request['runs.get']({ id }),
        there.request['runs.get']({ id })
      ])
      const { origin, ...rest } = is
      expect(origin).toMatchObject({ kind: 'pack', source: 'some.grokpack', pack: { run: id } })
      const kept = [
        'name',
        'state',
        'config',
        'configHash',
        'last',
        'step',
        'tags',
        'note',
        'engine',
        'datasetHash'
      ] as const
      for (const key of kept) expect(rest[key]).toEqual(was[key])
      expect(recordedEvents(to, id)).toEqual(recordedEvents(from, id))
      expect(is.lastCheckpoint).toBe(20)
    }
    const before = filesOf(to)
    expect(await opened(there.request, bytes)).toMatchObject({ added: [], known: ids })
    // Where it came from it is known, too.
    expect(await opened(here.request, bytes)).toMatchObject({ added: [], known: ids })
    expect(filesOf(to)).toEqual(before)
    expect(readdirSync(join(to, '.incoming'))).toEqual([])
  })

  test('has the same bytes when it is written again, and says what checkpoints were chosen', async () => {
    const library = temporaryFolder()
    const { request } = await openServer(library, { now: () => 1_800_000_000_000 })
    const id = await trained(request)
    fillCheckpoints(library, id)
    const pack = async (checkpoints: 'none' | 'all') => {
      const written = await request['packs.create']({ runs: [id], checkpoints })
      return { written, bytes: await fetched(request, written.ticket) }
    }
    const all = await pack('all')
    expect(all.written.checkpoints).toBe(2)
    expect((await pack('all')).bytes.equals(all.bytes)).toBe(true)
    expect((await pack('none')).written.checkpoints).toBe(0)
  })

  test('refuses runs at work, unknown ones, and none', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: null })
    const { id } = await request['runs.create']({ name: 'waits', config: tinyConfig(25) })
    await expect(request['packs.create']({ runs: [id] })).rejects.toThrow(
      '"waits" cannot be packed: it is queued'
    )
    await expect(request['packs.create']({ runs: ['nobody'] })).rejects.toThrow('no run "nobody"')
    await expect(request['packs.create']({ runs: [] })).rejects.toThrow('no run to pack')
    await expect(request['packs.create']({ study: '../x' })).rejects.toThrow('no study')
  })

  test('whose id is another run here gets one of its own', async () => {
    const library = temporaryFolder()
    const { request } = await openServer(library)
    const bytes = packBytes()
    expect(await opened(request, bytes)).toMatchObject({ added: [packedId] })
    const members = packMembers()
    const events = `runs/${packedId}/events.jsonl`
    const other = packBytes({
      ...members,
      [events]: Buffer.from(members[events]!.toString().replace('0.5', '0.7'))
    })
    const second = await opened(request, other)
    expect(second.added).toHaveLength(1)
    expect(second.added).not.toContain(packedId)
    expect((await request['runs.get']({ id: second.added[0]! })).last).toEqual({
      'accuracy/train_inferred': 0.7
    })
    expect((await request['runs.get']({ id: packedId })).last).toEqual({
      'accuracy/train_inferred': 0.5
    })
    expect(await opened(request, other)).toMatchObject({ added: [], known: second.added })
  })
})

describe('a pack of a study', () => {
  const study = {
    ...{ name: 'widths', title: 'Widths', base: tinyConfig(25) },
    axes: [
      { kind: 'values', path: 'model.dModel', values: [8, 16] },
      { kind: 'seeds', seeds: [1, 2] }
    ]
  }

  test('brings the definition with its cells, which need not be trained again', async () => {
    const [here, there] = [await openServer(temporaryFolder()), await openServer(temporaryFolder())]
    const { id } = await here.request['studies.create']({ study })
    await here.request['studies.run']({ id })
    await here.server.idle()
    const { ticket } = await here.request['packs.create']({ study: id, checkpoints: 'none' })
    const bytes = await fetched(here.request, ticket)
    expect(bytes.toString('latin1')).toContain('figures/curves.svg')
    const first = await opened(there.request, bytes)
    expect(first).toMatchObject({ study: id, known: [] })
    const [row] = await there.request['studies.list']({})
    expect(row).toMatchObject({ id, counts: { finished: 4 } })
    expect(await there.request['studies.run']({ id })).toEqual({ queued: 0 })
    // Changed here since, it is still the same study, and is left as it is.
    await there.request['studies.update']({ id, study: { ...study, title: 'Mine' } })
    expect(await opened(there.request, bytes)).toMatchObject({ study: id, added: [] })
    expect((await there.request['studies.list']({})).map((each) => each.study.title)).toEqual([
      'Mine'
    ])
  })
})

describe('what is refused', () => {
  test('leaves the library as it was: a config that does not match its hash, one that no run may have', async () => {
    const library = temporaryFolder()
    const { request } = await openServer(library)
    const before = filesOf(library)
    const members = packMembers()
    const name = `runs/${packedId}/config.json`
    const changed = (by: (file: Record<string, unknown>) => void): Buffer => {
      const file = JSON.parse(members[name]!.toString()) as Record<string, unknown>
      by(file)
      return packBytes({ ...members, [name]: Buffer.from(JSON.stringify(file)) })
    }
    const refused = async (bytes: Buffer, message: string): Promise<void> => {
      await expect(opened(request, bytes)).rejects.toThrow(message)
      expect(filesOf(library).filter((path) => path !== '.incoming')).toEqual(before)
    }
    await refused(
      changed((file) => ((file['config'] as { seed: number }).seed = 7)),
      'does not match its hash'
    )
    await refused(
      changed((file) => (file['config'] = 5)),
      'is not that of a run'
    )
    await refused(packBytes().subarray(0, 500), 'no whole zip file')
    const deep = Buffer.from(`${'['.repeat(100)}${']'.repeat(100)}`)
    await refused(packBytes({ ...members, [name]: deep }), 'nested deeper')
    expect(await request['runs.list']({})).toEqual([])
  })

  test('are parts out of order, and tickets of nobody', async () => {
    const { request } = await openServer(temporaryFolder())
    const { ticket } = await request['packs.upload']({ ticket: null, offset: 0, base64: 'AAAA' })
    await expect(request['packs.upload']({ ticket, offset: 7, base64: 'AAAA' })).rejects.toThrow(
      'out of order'
    )
    await request['packs.discard']({ ticket })
    await expect(request['packs.open']({ ticket, name: 'x' })).rejects.toThrow('not here any more')
    await expect(request['packs.read']({ ticket: '../../../../etc', offset: 0 })).rejects.toThrow(
      'packs.read: ticket'
    )
  })
})

test('an import that died is ended by the next server: carried out from its plan, or removed without one', async () => {
  const library = temporaryFolder()
  const place = join(library, '.incoming')
  const dead = { pid: 2 ** 22 + 1, start: 'never', host: 'gone' }
  const stage = (name: string, plan?: unknown): void => {
    const folder = join(place, name)
    mkdirSync(join(folder, 'content/runs', packedId), { recursive: true })
    writeFileSync(join(folder, 'owner.json'), JSON.stringify(dead))
    for (const [member, bytes] of Object.entries(packMembers()))
      writeFileSync(join(folder, 'content', member), bytes)
    if (plan) writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
  }
  stage('a', { moves: [{ from: `.incoming/a/content/runs/${packedId}`, to: `runs/${packedId}` }] })
  stage('b')
  const { request } = await openServer(library)
  expect((await request['runs.list']({})).map(({ id }) => id)).toEqual([packedId])
  expect(readdirSync(place)).toEqual([])
  expect(existsSync(join(library, 'runs', packedId, 'events.jsonl'))).toBe(true)
})
