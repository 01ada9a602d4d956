/** `npm run torture`: kills trainers, servers and commands at random moments, and counts what is lost (nothing, it should be). */
import { existsSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { commandScenarios } from './torture/command-scenarios'
import { migrationScenario } from './torture/migration-scenario'
import { runScenarios, type Tally } from './torture/run-scenarios'
import { serverScenario } from './torture/server-scenario'
import { trainerScenario } from './torture/trainer-scenario'

const usage = `Usage: npm run torture -- [options]

Kills (SIGKILL) trainers, servers and commands at seeded random moments, then looks for damage and loss.

  --rounds N     rounds of each scenario (default 200: hours on two cores)
  --only A,B     these scenarios alone
  --seed N       of all moments (default 1)
  --out FILE     write the tallies as JSON, after every round
  --list         name the scenarios

Exit code 0: nothing was lost. 1: something was. 2: a mistake in the command.`

async function main(words: string[]): Promise<number> {
  const { values } = parseArgs({
    args: words,
    options: {
      ...{ rounds: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
      ...{ only: { type: 'string' }, out: { type: 'string' } },
      ...{ list: { type: 'boolean' }, help: { type: 'boolean' } }
    }
  })
  const native = existsSync(
    join(__dirname, '../../node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node')
  )
  const all = [
    trainerScenario(native ? ['native', 'wasm'] : ['wasm']),
    ...[serverScenario, migrationScenario, ...commandScenarios]
  ]
  const names = all.map(({ name }) => name)
  if (values.help || values.list) {
    console.log(values.help ? usage : all.map(({ name, what }) => `${name}: ${what}`).join('\n'))
    return 0
  }
  const only = values.only?.split(',') ?? names
  const strange = only.find((name) => !names.includes(name))
  const [rounds, seed] = [values.rounds, values.seed].map(Number) as [number, number]
  if (strange !== undefined || ![rounds, seed].every((n) => Number.isInteger(n) && n > 0)) {
    console.error(
      strange === undefined
        ? 'torture: --rounds and --seed take whole numbers above 0.'
        : `torture: there is no scenario "${strange}". Known are ${names.join(', ')}.`
    )
    return 2
  }
  const report = (tallies: readonly Tally[]) => ({
    ...{ date: new Date().toISOString(), seed, rounds },
    ...{ machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores`, node: process.version },
    tallies
  })
  const { out } = values
  const tallies = await runScenarios({
    ...{
      rounds,
      seed,
      built: __dirname,
      scratch: join(tmpdir(), `grokscope-torture-${process.pid}`)
    },
    scenarios: all.filter(({ name }) => only.includes(name)),
    clock: () => performance.now(),
    say: (line) => console.error(line),
    ...(out && { onRound: (now) => writeFileSync(out, JSON.stringify(report(now), null, 2)) })
  })
  console.log(JSON.stringify(report(tallies), null, 2))
  return tallies.some(({ faults }) => faults.length > 0) ? 1 : 0
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const mistake = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
    console.error(mistake ? `torture: ${(error as Error).message}\n\n${usage}` : error)
    process.exitCode = mistake ? 2 : 1
  }
)
