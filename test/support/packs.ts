/** Packs for tests: of a run that was never trained, sound or with one thing wrong. */
import { createHash } from 'node:crypto'
import { parseRunConfig } from '@shared/config-input'
import { hashConfig } from '../../src/main/server/config-hash'
import { tinyConfig } from './library'
import { rawZip, type RawEntry } from './raw-zip'

export const packedId = '20260102-030405-abcd'

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** The members of a pack of one run with two event lines, its manifest left out. */
export function packMembers(id = packedId): Record<string, Buffer> {
  const config = parseRunConfig(tinyConfig(30))
  const file = {
    ...{
      version: 1,
      id,
      name: 'packed',
      createdAt: 1_000,
      preset: null,
      study: null,
      origin: null
    },
    ...{ configHash: hashConfig(config), engine: 'auto', config }
  }
  const lines = [
    { seq: 1, at: 1, type: 'metrics', step: 0, values: { 'accuracy/train_inferred': 0.5 } },
    { seq: 2, at: 2, type: 'ended', step: 30, outcome: 'stopped' }
  ]
  return {
    [`runs/${id}/config.json`]: json(file),
    [`runs/${id}/events.jsonl`]: Buffer.from(
      lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    )
  }
}

export function manifestOf(
  members: Record<string, Buffer>,
  changes: Record<string, unknown> = {}
): Record<string, unknown> {
  const ids = [
    ...new Set(Object.keys(members).flatMap((name) => /^runs\/([^/]+)\//.exec(name)?.[1] ?? []))
  ]
  return {
    ...{ format: 'grokpack', version: 1, title: 'a pack', createdAt: 1_000, checkpoints: 'none' },
    ...{ app: { version: '1.2.3', node: 'v22' }, study: null, notes: [] },
    runs: ids.map((id) => ({
      ...{ id, name: 'packed', state: 'stopped', step: 30, steps: 30, seed: 1 },
      ...{ configHash: '0'.repeat(64), datasetHash: null, engine: null }
    })),
    members: Object.fromEntries(
      Object.entries(members).map(([name, bytes]) => [
        name,
        { bytes: bytes.length, sha256: sha256(bytes) }
      ])
    ),
    ...changes
  }
}

/** A pack's bytes. @param further entries that the manifest does not name */
export function packBytes(
  members: Record<string, Buffer> = packMembers(),
  changes: Record<string, unknown> = {},
  further: readonly RawEntry[] = []
): Buffer {
  return rawZip([
    { name: 'manifest.json', content: json(manifestOf(members, changes)), deflate: true },
    ...Object.entries(members).map(([name, content]) => ({ name, content, deflate: true })),
    ...further
  ])
}
