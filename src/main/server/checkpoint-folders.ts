/** The server's look at a run's checkpoints: their manifests, never their tensors. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { CheckpointRow } from '@shared/contract'

/** What the trainer's manifest says, as far as it is needed here. */
const Manifest = z.object({
  step: z.int().nonnegative(),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() }))
})

/** What was read of a run's checkpoints, by name: a checkpoint under its final name never changes. */
export type KnownCheckpoints = Map<string, CheckpointRow>

/**
 * The checkpoints that are there with a readable manifest, rising.
 * @param known of earlier looks at the same folder; it is brought up to date
 */
export function listCheckpoints(
  runFolder: string,
  known: KnownCheckpoints = new Map()
): CheckpointRow[] {
  const parent = join(runFolder, 'checkpoints')
  const names = existsSync(parent)
    ? readdirSync(parent).filter((name) => /^step-\d{9,}$/.test(name))
    : []
  const there = new Set(names)
  for (const name of known.keys()) if (!there.has(name)) known.delete(name)
  for (const name of names) {
    const row = known.has(name) ? null : readCheckpoint(join(parent, name))
    if (row) known.set(name, row)
  }
  return [...known.values()].sort((a, b) => a.step - b.step)
}

function readCheckpoint(folder: string): CheckpointRow | null {
  try {
    const { step, files } = Manifest.parse(
      JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    )
    const weights = files['model.safetensors']
    if (!weights) return null
    const kept = join(folder, 'kept.txt')
    return {
      step,
      sha256: weights.sha256,
      bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
      kept: existsSync(kept) ? readFileSync(kept, 'utf8').trim() : null
    }
  } catch {
    // Half written, damaged or being pruned this moment.
    return null
  }
}

/** Removes checkpoints and what was found in them; each is renamed first, so that none is ever half there. */
export function removeCheckpoints(runFolder: string, rows: readonly CheckpointRow[]): void {
  for (const { step, sha256 } of rows) {
    const name = `step-${String(step).padStart(9, '0')}`
    const doomed = join(runFolder, 'checkpoints', `.${name}.removed`)
    renameSync(join(runFolder, 'checkpoints', name), doomed)
    rmSync(doomed, { recursive: true, force: true })
    rmSync(join(runFolder, 'inspect', sha256.slice(0, 16)), { recursive: true, force: true })
  }
}
