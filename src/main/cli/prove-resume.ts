import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { EngineChoice } from '@shared/events'
import { describeProof, type ResumeProof } from '@shared/resume-proof'
import { readPresets } from '../server/presets'
import { exitCodes, jsonOption, setOption, usageError, type Arguments } from './command'
import type { Host, Verb } from './command'
import { chooseConfig } from './config-source'
import { libraryFolder } from './library-folder'
import { engineOption } from './train'

/** What is proved: a run of the library, whose folder gets the proof, or a config of its own. */
interface Subject {
  config: RunConfig
  engine: EngineChoice
  threads: number | null
  /** The run's folder. */
  folder: string | null
}

export const proveResume: Verb = {
  name: 'prove-resume',
  operands: 'RUN|CONFIG|PRESET',
  summary: 'prove that a run resumes exactly on this machine',
  details: `Trains the same model, data and optimizer twice for a few steps: once undisturbed, once with its process killed at
random moments and resumed. Every recorded value and every byte of every checkpoint must be equal. A run's proof is kept
in its folder as resume-proof.json and shown on its page. Exit code 0: exact, 1: something differs.
With --json: {verdict, steps, kills, engine, machine, compared, differences}.`,
  options: {
    steps: { type: 'string', value: 'N', help: 'Steps of either training (default 240).' },
    kills: { type: 'string', value: 'N', help: 'How often it is killed (default 3).' },
    seed: { type: 'string', value: 'N', help: 'Of the moments of the kills (default 1).' },
    set: setOption,
    engine: engineOption,
    json: jsonOption
  },
  async run(host, args) {
    const [steps, kills] = [count(args, 'steps', 240, 1e6), count(args, 'kills', 3, 1000)]
    const seed = count(args, 'seed', 1, 2 ** 32 - 1)
    const subject = await find(host, args)
    const { forkTrainer } = await import('../server/runners')
    const prover = await import('../proof/prove-resume')
    const library = libraryFolder(host, args)
    const asJson = args.flag('json')
    const proof = await prover.proveResume({
      ...{ config: subject.config, engine: subject.engine, threads: subject.threads },
      ...{ steps, kills, seed, now: host.now },
      scratch: existsSync(library) ? library : tmpdir(),
      startTrainer: host.startTrainer ?? forkTrainer(host.paths.trainer),
      say: (line) => host.err(asJson ? `${JSON.stringify({ note: line })}\n` : `${line}\n`)
    })
    if (subject.folder !== null) {
      const { writeProof } = await import('../server/resume-proofs')
      writeProof(subject.folder, proof)
    }
    host.out(asJson ? `${JSON.stringify(proof, null, 2)}\n` : proofText(proof))
    return proof.verdict === 'exact' ? exitCodes.ok : exitCodes.failed
  }
}

async function find(host: Host, args: Arguments): Promise<Subject> {
  const name = args.operands[0]!
  const presets = readPresets(host.paths.presets, (line) => host.err(`${line}\n`))
  const wanted = args.text('engine')
  const engine = wanted === undefined ? undefined : EngineChoice.safeParse(wanted).data
  if (wanted !== undefined && !engine) {
    throw usageError(proveResume, `There is no engine "${wanted}".`)
  }
  if (presets.some((preset) => preset.name === name) || existsSync(name)) {
    const { config } = chooseConfig(name, args.texts('set'), presets)
    return { config, engine: engine ?? 'auto', threads: null, folder: null }
  }
  if (args.texts('set').length > 0) {
    throw usageError(proveResume, '--set changes a config; what is proved of a run is the run.')
  }
  const { findRun, lookInto } = await import('./library')
  const found = await lookInto(host, args, null, async (library) => {
    const run = findRun(await library.request['runs.list']({}), name)
    return {
      config: parseRunConfig(run.config),
      engine: engine ?? run.engine?.name ?? 'auto',
      threads: run.engine?.threads ?? null,
      folder: library.folder(run)
    }
  })
  return found ?? (findRun([], name) as never)
}

function proofText(proof: ResumeProof): string {
  const { kills, engine, machine, differences } = proof
  const killed = kills.map(({ at, resumedFrom }) => `at step ${at}, on from ${resumedFrom}`)
  const lines = [
    describeProof(proof),
    `  killed    ${killed.join('; ')}`,
    `  engine    ${engine.detail}`,
    `  machine   ${machine}`,
    ...differences.map((difference) => `  ! ${difference}`)
  ]
  return `${lines.join('\n')}\n`
}

function count(args: Arguments, option: string, usual: number, most: number): number {
  const text = args.text(option)
  if (text === undefined) return usual
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value
  throw usageError(proveResume, `--${option} needs a whole number of at least 1, not "${text}".`)
}
