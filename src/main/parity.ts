/** `npm run parity`: checks folders of reference values (trainer/parity.ts) and prints what was found. */
import { parseArgs } from 'node:util'
import { toErrorMessage, UserError } from '@shared/errors'
import type { ErrorMessage } from '@shared/errors'
import { startEngine } from './trainer/backend'
import type { Engine } from './trainer/backend'
import { checkCase, listFindings } from './trainer/parity'
import type { ParityReport } from './trainer/parity'
import { findCases } from './trainer/parity-case'

const usage = `Usage: npm run -s parity -- DIR [--engine native|wasm|cpu] [--json]

Compares a model family with reference values of other software: logits, loss, gradients, activations and an
AdamW run. DIR is a folder of parity data, or a folder of such folders.

  --engine NAME   native, wasm or cpu; default: native where it is installed, else wasm
  --json          print one JSON object and nothing else

Exit code 0: all within tolerance. 1: something beyond its tolerance. 2: the check could not be made.`

const engines = ['auto', 'native', 'wasm', 'cpu'] as const

/** What `--json` prints for one folder. */
type CaseReport = { folder: string; error: ErrorMessage } | (ParityReport & { engine: string })

async function main(): Promise<number> {
  const { folder, want, json, help } = readArguments(process.argv.slice(2))
  if (help) {
    console.log(usage)
    return 0
  }
  const cases = findCases(folder)
  const engine = await startEngine(want)
  if (engine.reason) console.error(engine.reason)
  const reports: CaseReport[] = []
  for (const path of cases) {
    const report = await check(path, engine)
    if (!json && 'passed' in report) print(report, engine)
    reports.push(report)
  }
  if (json) printJson(reports, cases[0] === folder, engine)
  if (reports.some((report) => 'error' in report)) return 2
  return reports.every((report) => 'passed' in report && report.passed) ? 0 : 1
}

function readArguments(argv: string[]): {
  folder: string
  want: (typeof engines)[number]
  json: boolean
  help: boolean
} {
  const refuse = (message: string): never => {
    throw new UserError('usage', message, 'See `npm run -s parity -- --help`.')
  }
  const options = {
    engine: { type: 'string', default: 'auto' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false }
  } as const
  let parsed
  try {
    parsed = parseArgs({ args: argv, options, allowPositionals: true })
  } catch (error) {
    return refuse((error as Error).message)
  }
  const { values, positionals } = parsed
  const { json, help } = values
  const want = engines.find((name) => name === values.engine)
  if (!want) return refuse(`--engine ${values.engine} is none of ${engines.join(', ')}.`)
  if (!help && positionals.length !== 1) {
    return refuse(`Name one folder; ${positionals.length} were named.`)
  }
  return { folder: positionals[0] ?? '', want, json, help }
}

async function check(folder: string, engine: Engine): Promise<CaseReport> {
  try {
    return { ...(await checkCase(folder)), engine: engine.name }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    console.error(`${folder}\n  ${error.message} ${error.hint}\n`)
    return { folder, error: toErrorMessage(error) }
  }
}

/** One folder: its report itself. A folder of folders: all reports in a list. */
function printJson(reports: CaseReport[], single: boolean, engine: Engine): void {
  const passed = reports.every((report) => 'passed' in report && report.passed)
  const { name, version, detail, reason } = engine
  const ran = { engine: name, engineVersion: version, engineDetail: detail, engineReason: reason }
  const object = single ? { ...reports[0], ...ran } : { ...ran, passed, cases: reports }
  console.log(JSON.stringify(object, null, 2))
}

function print(report: ParityReport, engine: Engine): void {
  const findings = listFindings(report.deviations)
  const width = Math.max(...findings.map(({ quantity }) => quantity.length))
  console.log(`${report.folder}: ${report.family} on ${engine.name} (${engine.detail})`)
  console.log(`  ${'quantity'.padEnd(width)}  deviation  tolerance`)
  for (const { quantity, deviation, tolerance } of findings) {
    const beyond = deviation <= tolerance ? '' : '  BEYOND'
    const number = (x: number): string => x.toExponential(1).padStart(9)
    console.log(`  ${quantity.padEnd(width)}  ${number(deviation)}  ${number(tolerance)}${beyond}`)
  }
  const { quantity, deviation, tolerance } = report.worst
  const verdict = report.passed ? 'Passed' : 'FAILED'
  const share = ((100 * deviation) / tolerance).toFixed(1)
  console.log(`  ${verdict}: the worst is ${quantity} at ${share} % of its tolerance.\n`)
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    if (error instanceof UserError) console.error(`${error.message} ${error.hint}`)
    else console.error(error)
    process.exitCode = 2
  }
)
