import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openZip } from '../../../src/main/packs/read-zip'
import { runWords, type CommandResult } from '../../support/cli'
import { jsonLines, root } from '../../support/grokscope'
import { tinyConfig } from '../../support/library'
import { manifestOf } from '../../support/packs'
import { rawZip } from '../../support/raw-zip'

const folder = mkdtempSync(join(tmpdir(), 'grokscope-pack-'))
const library = join(folder, 'library')
const pack = join(folder, 'two.grokpack')

/** Trains for real, in a process of its own. */
const run = (...words: string[]): Promise<CommandResult> => runWords(words, '/nowhere')

/** Two really trained runs of one config, packed with all checkpoints. */
beforeAll(async () => {
  for (const seed of [1, 2]) {
    const config = join(folder, `seed-${seed}.json`)
    writeFileSync(config, JSON.stringify(tinyConfig(20, seed)))
    const { stdout } = await run('train', config, '--runs', library, '--name', `seed ${seed}`)
    expect(stdout).toContain('finished at step 20')
  }
  const words = ['create', 'seed 1', 'seed 2', '--out', pack, '--checkpoints', 'all']
  const { code, stdout } = await run('pack', ...words, '--runs', library)
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /two\.grokpack: 2 runs, 4 checkpoints, .*\n {2}fingerprint [0-9a-f]{64}\n$/
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** The pack with members changed, and a manifest that says so: the tampering that hashes cannot find. */
async function forged(change: (name: string, bytes: Buffer) => Buffer): Promise<string> {
  const zip = await openZip(pack)
  const members: Record<string, Buffer> = {}
  for (const name of zip.sizes.keys()) members[name] = change(name, await zip.read(name))
  zip.close()
  const { 'manifest.json': old, ...rest } = members
  const manifest = { ...JSON.parse(old!.toString()), members: manifestOf(rest)['members'] }
  const file = join(mkdtempSync(join(folder, 'forged-')), 'forged.grokpack')
  const entries = Object.entries({
    'manifest.json': Buffer.from(JSON.stringify(manifest)),
    ...rest
  })
  writeFileSync(file, rawZip(entries.map(([name, content]) => ({ name, content }))))
  return file
}

test('verifies bit for bit from a second clone, which shares nothing but the packages', () => {
  const clone = join(folder, 'clone')
  for (const part of ['package.json', 'resources', 'out'])
    cpSync(join(root, part), join(clone, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'dir')
  const words = ['pack', 'verify', pack, '--json']
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(clone, 'out/main/cli.js'), ...words],
    {
      ...{
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, GROKSCOPE_LIBRARY: join(folder, 'nowhere') }
      }
    }
  )
  expect(stderr).not.toContain('"error"')
  expect(status).toBe(0)
  const lines = jsonLines<Record<string, unknown>>(stdout)
  expect(lines).toHaveLength(2)
  for (const line of lines) {
    expect(line).toMatchObject({ verdict: 'identical', sameMachine: true, upTo: 20, differing: 0 })
    // Batch losses, evaluations, and two checkpoints of two files each.
    expect(line['compared']).toBeGreaterThan(60)
  }
  // It verified aside from any library.
  expect(readdirSync(folder)).not.toContain('nowhere')
})

test('--only and --steps shorten it, and what is compared ends there', async () => {
  const { code, stdout } = await run(
    'pack',
    'verify',
    pack,
    '--only',
    '1',
    '--steps',
    '7',
    '--json'
  )
  expect(code).toBe(0)
  expect(jsonLines(stdout)).toMatchObject([{ name: 'seed 1', verdict: 'identical', upTo: 7 }])
})

test('a number that was changed, with hashes that fit, is found by training, and named', async () => {
  const file = await forged((name, bytes) =>
    name.endsWith('events.jsonl')
      ? Buffer.from(bytes.toString().replace(/("step":10,"values":{"batchLoss":)[\d.]+/, '$10.125'))
      : bytes
  )
  const { code, stdout } = await run('pack', 'verify', file, '--only', '1')
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /\(seed 1\): does not agree\n {2}1 of \d+ differ in bits, first batchLoss at step 10: 0.125, now /
  )
})

test('weights that were changed, with hashes that fit, are found, and named', async () => {
  const file = await forged((name, bytes) => {
    if (!name.endsWith('step-000000010/model.safetensors')) return bytes
    const changed = Buffer.from(bytes)
    changed[changed.length - 1]! ^= 1
    return changed
  })
  const { code, stdout } = await run('pack', 'verify', file, '--only', '1')
  expect([code, stdout]).toEqual([
    1,
    expect.stringContaining('first checkpoint step-000000010/model.safetensors')
  ])
})

test('a member that does not fit its hash is named, before anything is trained', async () => {
  const zip = await openZip(pack)
  const entries = []
  for (const name of zip.sizes.keys()) {
    const bytes = await zip.read(name)
    const isTarget = name.endsWith('events.jsonl')
    entries.push({
      name,
      content: isTarget ? Buffer.from(bytes.toString().replace('batchLoss', 'batchLess')) : bytes
    })
  }
  zip.close()
  const file = join(folder, 'changed.grokpack')
  writeFileSync(file, rawZip(entries))
  for (const action of ['verify', 'open']) {
    const { code, stdout, stderr } = await run(
      'pack',
      action,
      file,
      '--runs',
      join(folder, 'other')
    )
    expect([code, stdout]).toEqual([action === 'verify' ? 1 : 2, ''])
    expect(stderr).toMatch(/runs\/\S+\/events\.jsonl is not what the manifest says/)
  }
})

test('opens in another library, where its runs are shown and can be packed again', async () => {
  const other = join(folder, 'opened')
  const { code, stdout } = await run('pack', 'open', pack, '--library', other)
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^2 runs: 2 runs added\.\n/)])
  const again = await run('pack', 'open', pack, '--library', other, '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({
    added: [],
    known: [expect.any(String), expect.any(String)]
  })
  expect((await run('show', 'seed 1', '--runs', other)).stdout).toContain(
    'replication pack from two.grokpack'
  )
  const second = join(folder, 'second.grokpack')
  expect((await run('pack', 'create', 'seed 1', '--out', second, '--runs', other)).code).toBe(0)
  expect((await run('pack', 'verify', second)).stdout).toContain('The pack agrees: 1 of 1 runs.')
})

test('slips are said in words and cost nothing', async () => {
  const said = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run('pack', ...words, '--runs', library)
    expect([code, stdout]).toEqual([2, ''])
    return stderr
  }
  expect(await said('creat', 'x')).toContain('Did you mean pack create?')
  expect(await said('create', 'seed 1')).toContain('needs --out FILE')
  expect(await said('create', 'seed 1', '--out', 'x.zip')).toContain('should end in .grokpack')
  expect(await said('create', 'nobody', '--out', 'x.grokpack')).toContain(
    'neither a study nor a run "nobody"'
  )
  expect(await said('create', 'seed 1', '--out', 'x.grokpack', '--checkpoints', 'some')).toContain(
    'none, last, events, all'
  )
  expect(await said('verify')).toContain('needs one FILE')
  expect(await said('verify', '/nowhere.grokpack')).toContain('There is no file /nowhere.grokpack')
  expect(await said('verify', pack, '--steps', '0')).toContain('at least 1, not "0"')
})
