/**
 * Training a pack's runs again, aside from any library, and comparing. A run is trained as it was ordered, on the
 * engine and with the threads that it says it had; `--steps` stops it early, and what is compared ends there.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { TrainerMessage, type EngineChoice, type TrainerEvent } from '@shared/events'
import {
  judge,
  recordOf,
  type CheckpointHashes,
  type RunRecordOf,
  type Verdict
} from '../packs/agreement'
import type { PackedRun, PackManifest } from '../packs/manifest'
import { unpack } from '../packs/unpack'
import { measureFile } from '../measure-file'
import { hashSeedless } from '../server/config-hash'
import { ExtensionFile, readJson, RunFile } from '../server/folders'
import { forkTrainer, type StartTrainer } from '../server/runners'
import { exitCodes, reportError, type Arguments, type Host } from './command'
import { readAllEvents } from './events-file'
import { packFile, wholeOption } from './pack'

interface Skipped {
  verdict: 'skipped'
  reasons: string[]
}

/** Trains a pack again. @returns 0 where every run agrees, 1 where one does not or the pack was tampered with */
export async function verifyPack(host: Host, args: Arguments): Promise<number> {
  const asJson = args.flag('json')
  const file = resolve(packFile(args))
  const limits = { only: wholeOption(args, 'only'), steps: wholeOption(args, 'steps') }
  const place = mkdtempSync(join(tmpdir(), 'grokscope-verify-'))
  let stop = (): void => undefined
  let interrupted = false
  const letGo = host.onInterrupt(() => {
    interrupted = true
    stop()
  })
  try {
    const pack = join(place, 'pack')
    const { manifest, fingerprint } = await unpack(file, pack)
    note(
      host,
      asJson,
      `${manifest.title}: every member is as its manifest says; fingerprint ${fingerprint}`
    )
    const records = recordsOf(manifest, pack)
    const runs = spread(manifest.runs, limits.only)
    let failed = 0
    for (const [i, run] of runs.entries()) {
      note(host, asJson, `${i + 1} of ${runs.length}: ${run.id} (${run.name}) is trained again.`)
      const verdict = await verifyRun(host, run, {
        ...{ pack, records, steps: limits.steps, folder: join(place, `again-${i}`) },
        onStart: (kill) => {
          stop = kill
          if (interrupted) kill()
        }
      })
      if (interrupted) return exitCodes.interrupted
      if (!isAgreement(verdict)) failed++
      host.out(
        asJson
          ? `${JSON.stringify({ run: run.id, name: run.name, ...verdict })}\n`
          : describe(run, verdict)
      )
      rmSync(join(place, `again-${i}`), { recursive: true, force: true })
    }
    if (!asJson) {
      host.out(
        failed === 0
          ? `The pack agrees: ${runs.length} of ${runs.length} runs.\n`
          : `The pack does not agree: ${failed} of ${runs.length} runs.\n`
      )
    }
    return failed === 0 ? exitCodes.ok : exitCodes.failed
  } catch (error) {
    if (
      !(error instanceof UserError) ||
      error.code === 'pack.missing' ||
      !error.code.startsWith('pack.')
    )
      throw error
    // A pack that is not what it says is the answer, not a mistake in the question.
    reportError(host, error, asJson)
    return exitCodes.failed
  } finally {
    letGo()
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
}

const isAgreement = ({ verdict }: Verdict | Skipped): boolean =>
  verdict === 'identical' || verdict === 'within spread'

function note(host: Host, asJson: boolean, text: string): void {
  host.err(`${asJson ? JSON.stringify({ note: text }) : text}\n`)
}

/** `count` of a list, evenly from its first to its last. */
function spread<T>(list: readonly T[], count: number | null): T[] {
  if (count === null || count >= list.length) return [...list]
  if (count === 1) return list.slice(0, 1)
  return Array.from(
    { length: count },
    (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))]!
  )
}

function recordsOf({ runs }: PackManifest, pack: string): Map<string, RunRecordOf> {
  return new Map(
    runs.map(({ id }) => {
      const folder = join(pack, 'runs', id)
      const file = readJson(join(folder, 'config.json'), RunFile)
      if (!file)
        throw new UserError(
          'pack.damaged',
          `The pack is damaged: runs/${id}/config.json is not that of a run.`,
          'Get it again.'
        )
      return [id, recordOf(file.config, readAllEvents(join(folder, 'events.jsonl')))]
    })
  )
}

interface Again {
  pack: string
  records: ReadonlyMap<string, RunRecordOf>
  steps: number | null
  /** Where it is trained. */
  folder: string
  onStart: (kill: () => void) => void
}

async function verifyRun(host: Host, run: PackedRun, again: Again): Promise<Verdict | Skipped> {
  const { pack, records, folder } = again
  const source = join(pack, 'runs', run.id)
  const original = records.get(run.id)!
  const file = readJson(join(source, 'config.json'), RunFile)!
  const skipped = (reason: string): Skipped => ({ verdict: 'skipped', reasons: [reason] })
  if (file.origin && file.origin.kind !== 'pack')
    return skipped('Its weights or curves were imported: there is no training to repeat.')
  if (original.values.size === 0) return skipped('Nothing was recorded of it.')
  const config = asItRan(parseRunConfig(file.config), original)
  const upTo = Math.min(again.steps ?? Infinity, original.lastStep)
  mkdirSync(folder)
  const { parent } = file
  const steps = readJson(join(source, 'extension.json'), ExtensionFile)?.steps ?? null
  if (parent) {
    const name = `checkpoints/step-${String(parent.step).padStart(9, '0')}`
    if (!existsSync(join(source, name)))
      return skipped('It is a fork, and the pack lacks the checkpoint that it began at.')
    copyFolder(join(source, name), join(folder, name))
  }
  const start: StartTrainer = host.startTrainer ?? forkTrainer(host.paths.trainer)
  const process = start({
    ...{ type: 'train', runId: run.id, folder, config, resume: false, fork: parent ?? null, steps },
    engine: engineOf(original, file),
    threads: original.engine?.threads ?? null
  })
  again.onStart(process.kill)
  process.port.onMessage((message) => {
    const said = TrainerMessage.safeParse(message).data
    const event = said?.type === 'event' ? said.event : null
    if (event?.type === 'metrics' && event.step >= upTo && upTo < (steps ?? config.budget.steps)) {
      process.port.post({ type: 'command', command: { type: 'stop' } })
    }
  })
  const { error } = await process.exited
  const events = readAllEvents(join(folder, 'events.jsonl'))
  const ended = events.findLast((event) => event.type === 'ended')
  if (!ended || failure(ended)) {
    return skipped(
      `It could not be trained again: ${(failure(ended) ?? error) || 'the trainer ended without a word'}`.split(
        '\n'
      )[0]!
    )
  }
  const seeds = [...records.values()].filter(
    ({ config }) => hashSeedless(config) === hashSeedless(file.config)
  )
  return judge(
    original,
    recordOf(file.config, events),
    upTo,
    { original: await hashesOf(source, upTo), again: await hashesOf(folder, upTo) },
    seeds
  )
}

const failure = (event: TrainerEvent | undefined): string | null =>
  event?.type === 'ended' && event.outcome === 'failed' ? (event.error ?? '') : null

/** What was left open of the engine is as it was found then, not as this machine would find it. */
function asItRan(config: RunConfig, { engine }: RunRecordOf): RunConfig {
  if (engine?.oneDnn === undefined) return config
  return { ...config, engine: { ...config.engine, oneDnn: engine.oneDnn ? 'on' : 'off' } }
}

/** The engine that it says it ran on; one that ran operation by operation did so because it was asked to. */
function engineOf(original: RunRecordOf, file: RunFile): EngineChoice {
  if (file.engine === 'eager') return 'eager'
  return original.engine?.name ?? file.engine
}

function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name))
}

/** Tensors of the checkpoints up to a step, by `step-000000020/model.safetensors`. */
async function hashesOf(folder: string, upTo: number): Promise<CheckpointHashes> {
  const parent = join(folder, 'checkpoints')
  const hashes = new Map<string, string>()
  if (!existsSync(parent)) return hashes
  for (const name of readdirSync(parent).sort()) {
    const digits = /^step-(\d{9,})$/.exec(name)?.[1]
    if (digits === undefined || Number(digits) > upTo) continue
    for (const file of ['model.safetensors', 'optimizer.safetensors']) {
      const path = join(parent, name, file)
      if (existsSync(path)) hashes.set(`${name}/${file}`, (await measureFile(path)).sha256)
    }
  }
  return hashes
}

function describe(run: PackedRun, verdict: Verdict | Skipped): string {
  const lines = [`${run.id} (${run.name}): ${words(verdict)}`]
  if (verdict.verdict !== 'skipped' && verdict.first) {
    const { what, original, again } = verdict.first
    lines.push(
      `  ${verdict.differing} of ${verdict.compared} differ in bits, first ${what}: ${original}, now ${again}`
    )
  }
  return `${[...lines, ...verdict.reasons.map((reason) => `  ${reason}`)].join('\n')}\n`
}

function words(verdict: Verdict | Skipped): string {
  switch (verdict.verdict) {
    case 'identical':
      return `agrees bit for bit, ${verdict.compared} values up to step ${verdict.upTo}`
    case 'within spread':
      return `agrees within the spread of its seeds, up to step ${verdict.upTo}`
    case 'differs':
      return 'does not agree'
    case 'undecided':
      return 'cannot be judged'
    case 'skipped':
      return 'was not compared'
    default:
      return verdict satisfies never
  }
}
