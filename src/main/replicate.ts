/**
 * `npm run replicate`: trains the presets that are said to grok, and those that are said not to, and says which did
 * (docs/replication.md). It trains as the command line does: a server of its own, one trainer at a time.
 */
import { mkdtempSync, readFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { events, requests } from '@shared/contract'
import { toErrorMessage, UserError } from '@shared/errors'
import { connect } from '@shared/rpc'
import { memoryPair } from './ports'
import { readReplicateArguments, usage } from './replicate/arguments'
import { planOf } from './replicate/plan'
import { reportText, resultOf, type Result } from './replicate/report'
import { readPresets } from './server/presets'
import { forkTrainer } from './server/runners'
import { startServer } from './server/server'

// Built as out/main/replicate.js.
const packageRoot = join(__dirname, '..', '..')
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** @returns the exit code: 0 where everything went as it is said to, 1 where something did not. */
async function main(words: readonly string[]): Promise<number> {
  const options = readReplicateArguments(words)
  if (options.help) {
    console.log(usage)
    return 0
  }
  const library = options.runs
    ? resolve(options.runs)
    : mkdtempSync(join(tmpdir(), 'grokscope-replicate-'))
  const presets = readPresets(join(packageRoot, 'resources', 'presets'), say)
  const plan = planOf(presets, options)
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string
  }
  const server = await startServer({
    ...{ library, version, presets, log: say, now: Date.now, takes: 'own' },
    startTrainer: forkTrainer(join(__dirname, 'trainer.js'))
  })
  const [ours, theirs] = memoryPair()
  server.attach(theirs)
  const { request } = connect(ours, requests, events)
  say(`${plan.length} runs, one at a time, in ${library}`)

  const results: Result[] = []
  try {
    for (const { preset, seed, expected } of plan) {
      const { config } = presets.find(({ name }) => name === preset)!
      const name = `${preset}, seed ${seed}`
      const { id } = await request['runs.create']({
        ...{ name, preset, config: { ...config, seed }, engine: options.engine }
      })
      await server.idle()
      const result = resultOf(await request['runs.get']({ id }), { preset, seed, expected })
      results.push(result)
      say(`${name}: ${result.verdict}`)
    }
  } finally {
    await server.close('The replication ended.')
  }
  const report = {
    date: new Date().toISOString(),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem()
    },
    engine: results.find(({ engine }) => engine)?.engine ?? null,
    library,
    results
  }
  console.log(options.json ? JSON.stringify(report, null, 2) : reportText(report))
  return results.every(({ asExpected }) => asExpected) ? 0 : 1
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const { message, hint } = toErrorMessage(error)
    say(
      error instanceof UserError ? `replicate: ${message}\n${hint}` : String((error as Error).stack)
    )
    process.exitCode = error instanceof UserError ? 2 : 1
  }
)
