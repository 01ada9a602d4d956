import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UserError } from '@shared/errors'
import { unpack } from '../../../src/main/packs/unpack'
import { usualLimits } from '../../../src/main/packs/read-zip'
import { temporaryFolder } from '../../support/library'
import { manifestOf, packBytes, packedId, packMembers } from '../../support/packs'
import { rawZip, type RawEntry } from '../../support/raw-zip'

/** A folder with a pack of these bytes, and nothing else below it but where it is to be unpacked. */
function place(bytes: Buffer): { folder: string; file: string; target: string } {
  const folder = temporaryFolder()
  const file = join(folder, 'some.grokpack')
  writeFileSync(file, bytes)
  mkdirSync(join(folder, 'library'))
  return { folder, file, target: join(folder, 'library', 'content') }
}

/** Why a pack is refused; after it nothing is left where it was to be unpacked, and nothing was written beside. */
async function refusal(bytes: Buffer, limits = usualLimits): Promise<string> {
  const { folder, file, target } = place(bytes)
  const error = await unpack(file, target, limits).then(
    () => null,
    (thrown: unknown) => thrown
  )
  expect(error).toBeInstanceOf(UserError)
  expect(readdirSync(folder).sort()).toEqual(['library', 'some.grokpack'])
  expect(readdirSync(join(folder, 'library'))).toEqual([])
  const { code, message } = error as UserError
  expect(code).toMatch(/^pack\./)
  return `${code}: ${message}`
}

const evil = (entry: Partial<RawEntry> & Pick<RawEntry, 'name'>): Buffer =>
  packBytes(packMembers(), {}, [{ content: Buffer.from('evil'), ...entry }])
/** The same, with the name in the manifest too. */
const named = (name: string): Buffer => packBytes({ ...packMembers(), [name]: Buffer.from('evil') })

test('a sound pack is unpacked, every byte of it', async () => {
  const members = packMembers()
  const { file, target } = place(packBytes(members))
  const { manifest, fingerprint } = await unpack(file, target)
  expect(Object.keys(manifest.members)).toEqual(Object.keys(members))
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
  for (const [name, bytes] of Object.entries(members)) {
    expect(readFileSync(join(target, name))).toEqual(bytes)
  }
})

describe('names', () => {
  test.each([
    '../evil',
    'runs/../../evil',
    `runs/${packedId}/../../../evil`,
    '/etc/evil',
    'C:/evil',
    'C:evil',
    '\\\\server\\share\\evil',
    'runs\\..\\..\\evil',
    `runs/${packedId}/config.json/evil`,
    `runs/${packedId}/trainer.json`,
    'runs/..',
    'runs/CON/events.jsonl\u0000.svg',
    'figures/../../evil.svg',
    'figures/e\u202evil.svg',
    'figures/ｅvil.svg',
    'library.sqlite',
    'empty/',
    ''
  ])('%j is refused, in the zip and in the manifest', async (name) => {
    expect(await refusal(evil({ name }))).toMatch(/no pack has a member|directory is broken/)
    expect(await refusal(named(name))).toMatch(/no pack has a member|directory is broken/)
  })

  test('in odd encodings are refused', async () => {
    for (const bytes of [
      [0xff, 0xfe, 0x2f],
      [0xc0, 0xae, 0xc0, 0xae, 0x2f, 0x78],
      [0x2e, 0x2e, 0x00]
    ]) {
      expect(await refusal(evil({ name: Buffer.from(bytes) }))).toContain('no pack has a member')
    }
  })

  test('twice, also in another case, are refused', async () => {
    const name = `runs/${packedId}/events.jsonl`
    expect(await refusal(evil({ name }))).toContain('twice')
    const other = `runs/${packedId.toUpperCase()}/events.jsonl`
    expect(await refusal(evil({ name: other }))).toContain('twice')
  })
})

describe('members', () => {
  test.each([
    ['a symbolic link', 0o120777],
    ['a device', 0o020666],
    ['a named pipe', 0o010666],
    ['a folder', 0o040755]
  ])('that are %s are refused', async (_what, mode) => {
    expect(await refusal(evil({ name: 'README.md', mode }))).toContain('is a link or device')
  })

  test('that the manifest does not name, or that are missing, are refused', async () => {
    expect(await refusal(evil({ name: 'README.md' }))).toContain('README.md is not in the manifest')
    const [config, ...rest] = Object.entries(packMembers())
    const without = rawZip([
      { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifestOf(packMembers()))) },
      ...rest.map(([name, content]) => ({ name, content }))
    ])
    expect(await refusal(without)).toContain(`${config![0]} is missing`)
  })

  test('whose bytes were changed are named', async () => {
    const members = packMembers()
    const name = `runs/${packedId}/events.jsonl`
    const changed = {
      ...members,
      [name]: Buffer.from(members[name]!.toString().replace('0.5', '0.6'))
    }
    expect(
      await refusal(packBytes(changed, { members: manifestOf(members)['members'] }))
    ).toContain(`${name} is not what the manifest says`)
  })

  test('with a wrong CRC-32, encrypted, or of another method are refused', async () => {
    const members = Object.entries(packMembers())
    const lying = (lie: Partial<RawEntry>): Buffer =>
      rawZip([
        { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifestOf(packMembers()))) },
        ...members.map(([name, content]) => ({ name, content, ...lie }))
      ])
    expect(await refusal(lying({ crc: 1 }))).toContain('does not match its CRC-32')
    expect(await refusal(lying({ flags: 1, deflate: true }))).toContain('encrypted')
    expect(await refusal(lying({ method: 12 }))).toContain('method 12')
    expect(await refusal(lying({ uncompressedSize: 5 }))).toMatch(
      /broken|manifest says|cannot be unpacked/
    )
  })
})

describe('bombs', () => {
  const zeros = Buffer.alloc(2 ** 24)
  const name = `runs/${packedId}/events.jsonl`

  test('by ratio, by total, by overlap and by number are refused before anything is unpacked', async () => {
    expect(await refusal(packBytes({ ...packMembers(), [name]: zeros }))).toMatch(
      /bomb: .* times its size/
    )
    const limits = { ...usualLimits, totalBytes: 1000 }
    expect(await refusal(packBytes(), limits)).toContain('unpacks to')
    expect(await refusal(evil({ name: 'README.md', offset: 0 }))).toContain('overlap')
    expect(await refusal(packBytes(), { ...usualLimits, entries: 2 })).toContain('claims 3 members')
  })

  test('of a size that the directory hides end where the lie does', async () => {
    const lie = { name: 'README.md', content: zeros, deflate: true, uncompressedSize: 100 }
    const members = { ...packMembers(), 'README.md': zeros.subarray(0, 100) }
    const bytes = rawZip([
      { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifestOf(members))) },
      ...Object.entries(packMembers()).map(([name, content]) => ({ name, content })),
      lie
    ])
    expect(await refusal(bytes)).toContain('README.md cannot be unpacked')
  })

  test('in the manifest: huge, deep, no JSON', async () => {
    const withManifest = (content: Buffer, deflate = false): Buffer =>
      rawZip([{ name: 'manifest.json', content, deflate }])
    expect(await refusal(withManifest(Buffer.alloc(2 ** 26, ' ')))).toContain(
      'larger than it can be'
    )
    const deep = Buffer.from(
      `{"format":"grokpack","version":1,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    )
    expect(await refusal(withManifest(deep))).toContain('nested deeper')
    expect(await refusal(withManifest(Buffer.from('{"format":')))).toContain('not JSON')
    expect(await refusal(withManifest(Buffer.from('{"format":"grokpack","version":7}')))).toMatch(
      /^pack.newer/
    )
    expect(await refusal(packBytes(packMembers(), { runs: [] }))).toContain(
      'of a run that the manifest does not name'
    )
    expect(await refusal(rawZip([]))).toContain('manifest.json is missing')
  })
})

test('any cut and any flipped bytes of a pack give a sound pack or a refusal, and nothing outside', async () => {
  const sound = packBytes()
  const damage = fc.oneof(
    fc.nat(sound.length - 1).map((length) => sound.subarray(0, length)),
    fc
      .array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 6
      })
      .map((flips) => {
        const bytes = Buffer.from(sound)
        for (const [at, by] of flips) bytes[at]! ^= by
        return bytes
      }),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes))
  )
  const { folder, file, target } = place(sound)
  const members = packMembers()
  await fc.assert(
    fc.asyncProperty(damage, async (bytes) => {
      writeFileSync(file, bytes)
      try {
        await unpack(file, target)
        // Bytes that nobody reads were hit: what came out is what the manifest says.
        for (const name of Object.keys(members)) expect(existsSync(join(target, name))).toBe(true)
        rmSync(target, { recursive: true })
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        expect(existsSync(target)).toBe(false)
      }
      expect(readdirSync(folder).sort()).toEqual(['library', 'some.grokpack'])
    }),
    { numRuns: 300 }
  )
})
