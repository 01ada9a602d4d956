import { totalmem, freemem } from 'node:os'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { exitCodes, jsonOption, type Host, type Verb } from './command'
import { bytes } from './format'
import { describeCpu, describeFolder, listGpus, runProgram, type Cpu, type Gpu } from './machine'
import { libraryFolder } from './library-folder'

export interface EngineReport {
  name: 'native' | 'wasm' | 'cpu'
  ok: boolean
  version: string | null
  detail: string | null
  gflops: number | null
  /** Why it cannot be used. */
  reason: string | null
  /** The native engine only: which TensorFlow build is installed, `cpu` or `cuda`. */
  build?: string
}

export interface LibraryReport {
  folder: string
  exists: boolean
  writable: boolean
  freeBytes: number | null
  /** Version of SQLite, null where it cannot be loaded. */
  sqlite: string | null
  reason: string | null
}

export interface Report {
  version: string
  platform: string
  node: string
  cpu: Cpu
  memory: { totalBytes: number; freeBytes: number }
  gpus: Gpu[]
  engines: EngineReport[]
  library: LibraryReport
  /** One sentence. */
  verdict: string
  /** What to do next. */
  next: string
  ok: boolean
}

/** Starting TensorFlow from a cold disk takes a few seconds; an engine that needs longer is no use. */
const engineMs = 10_000

export const doctor: Verb = {
  name: 'doctor',
  operands: '',
  summary: 'say what this machine can train on, and what is missing',
  details: `Starts every engine in a process of its own, for at most ten seconds, and times it.
Exit code 1 if nothing can be trained here.
With --json: {version, platform, node, cpu, memory, gpus, engines, library, verdict, next, ok}.`,
  options: { json: jsonOption },
  async run(host, args) {
    const asJson = args.flag('json')
    const engines: EngineReport[] = []
    const gpus = await listGpus()
    // One after the other: side by side they would slow each other down.
    for (const name of ['native', 'wasm', 'cpu'] as const) {
      if (host.isTerminal && !asJson) host.err(`\r\u001b[Kstarting the ${name} engine ...`)
      engines.push(await examineEngine(host, name))
    }
    if (host.isTerminal && !asJson) host.err('\r\u001b[K')
    const findings = {
      version: host.version,
      platform: `${process.platform} ${process.arch}`,
      node: process.versions.node,
      cpu: describeCpu(),
      memory: { totalBytes: totalmem(), freeBytes: freemem() },
      gpus,
      engines,
      library: await examineLibrary(libraryFolder(host, args))
    }
    const report: Report = { ...findings, ...judge(findings) }
    host.out(asJson ? `${JSON.stringify(report, null, 2)}\n` : describeReport(report))
    return report.ok ? exitCodes.ok : exitCodes.failed
  }
}

async function examineEngine(host: Host, name: EngineReport['name']): Promise<EngineReport> {
  const command = [host.paths.cli, 'probe-engine', name, '--json']
  const result = await runProgram(process.execPath, command, engineMs)
  const report: EngineReport = {
    name,
    ok: false,
    version: null,
    detail: null,
    gflops: null,
    reason: null
  }
  const build = name === 'native' ? installedBuild() : null
  if (build) report.build = build
  if (result.code === 0) {
    const probe = lastJson(result.stdout) as
      Pick<EngineReport, 'version' | 'detail' | 'gflops'> | undefined
    if (probe) return { ...report, ...probe, name, ok: true }
  }
  const said = lastJson(result.stderr) as { error?: { message: string; hint: string } } | undefined
  const lines = result.stderr.trim().split('\n')
  report.reason = result.timedOut
    ? `it did not answer within ${engineMs / 1000} s`
    : result.signal
      ? `it crashed (${result.signal})`
      : said?.error
        ? `${said.error.message} ${said.error.hint}`.trim()
        : lines.at(-1) || 'it ended without a word'
  return report
}

/** The last line that is JSON: libraries may write before it. */
function lastJson(text: string): unknown {
  for (const line of text.trim().split('\n').reverse()) {
    try {
      return JSON.parse(line)
    } catch {
      continue
    }
  }
  return undefined
}

/** What the engine's installer noted: `cpu` or `cuda`. */
function installedBuild(): string | null {
  try {
    const manifest = createRequire(__filename).resolve('@tensorflow/tfjs-node-gpu/package.json')
    const note = readFileSync(join(dirname(manifest), 'lib/napi-v8/engine.json'), 'utf8')
    return (JSON.parse(note) as { kind?: string }).kind ?? null
  } catch {
    return null
  }
}

async function examineLibrary(folder: string): Promise<LibraryReport> {
  const described = { folder, ...describeFolder(folder), sqlite: null, reason: null }
  try {
    const { openDatabase } = await import('../store/database')
    const db = await openDatabase(':memory:', { now: () => 0 })
    const sqlite = db.prepare('SELECT sqlite_version()').pluck().get() as string
    db.close()
    const reason = described.writable ? null : `${folder} cannot be written`
    return { ...described, sqlite, reason }
  } catch (error) {
    return {
      ...described,
      reason: `SQLite cannot be used: ${(error as Error).message.split('\n')[0]}`
    }
  }
}

/** The verdict in one sentence, and the next step. */
export function judge({
  engines,
  gpus,
  library
}: Pick<Report, 'engines' | 'gpus' | 'library'>): Pick<Report, 'verdict' | 'next' | 'ok'> {
  if (library.reason) {
    return {
      ok: false,
      verdict: `Nothing can be recorded: ${library.reason}.`,
      next:
        library.sqlite === null
          ? 'Install the packages again: npm ci'
          : 'Make the folder writable, or name another one with --runs DIR.'
    }
  }
  const start = 'Start a first run: grokscope train comparison-mini'
  const native = engines.find(({ name }) => name === 'native')
  const wasm = engines.find(({ name }) => name === 'wasm')
  const speed = (engine: EngineReport): string => `${engine.detail}, ${engine.gflops} GFLOP/s`
  if (native?.ok) {
    if (gpus.length > 0 && native.build !== 'cuda') {
      return {
        ok: true,
        verdict: `Ready, but the ${gpus[0]!.name} is idle: the native engine was installed for the CPU (${speed(native)}).`,
        next: 'Install the engine for the GPU: npm run engine -- --cuda'
      }
    }
    return { ok: true, verdict: `Ready, on the native engine: ${speed(native)}.`, next: start }
  }
  const why = native?.reason ? ` (${native.reason.replace(/\.$/, '')})` : ''
  if (wasm?.ok) {
    return {
      ok: true,
      verdict: `Usable but slow, on ${speed(wasm)}: the native engine cannot be used${why}.`,
      next: 'Install the native engine: npm run engine'
    }
  }
  return {
    ok: false,
    verdict: `Nothing can be trained: neither the native nor the WebAssembly engine starts${why}.`,
    next: 'Install the packages again, then the engine: npm ci && npm run engine'
  }
}

function describeReport(report: Report): string {
  const { cpu, memory, gpus, engines, library } = report
  const rows: [string, string][] = [
    ['Grokscope', `${report.version}, Node ${report.node}, ${report.platform}`],
    [
      'Processor',
      [cpu.model, `${cpu.cores} cores`, ...(cpu.features ? [cpu.features.join(' ')] : [])].join(
        ', '
      )
    ],
    ['Memory', `${bytes(memory.totalBytes)}, ${bytes(memory.freeBytes)} free`],
    ...(gpus.length > 0
      ? gpus.map(({ name, memory: size, driver }): [string, string] => [
          'GPU',
          `${name}, ${size}, driver ${driver}`
        ])
      : [['GPU', 'none that nvidia-smi lists'] as [string, string]]),
    ...engines.map(({ name, ok, detail, gflops, reason }): [string, string] => [
      `Engine ${name}`,
      ok ? `${detail}, ${gflops} GFLOP/s` : `not usable: ${reason}`
    ]),
    [
      'Library',
      [
        library.folder + (library.exists ? '' : ' (made with the first run)'),
        library.writable ? 'writable' : 'not writable',
        ...(library.freeBytes === null ? [] : [`${bytes(library.freeBytes)} free`]),
        library.sqlite ? `SQLite ${library.sqlite}` : 'no SQLite'
      ].join(', ')
    ]
  ]
  const lines = rows.map(([label, text]) => `${label.padEnd(15)}${text}`)
  return `${lines.join('\n')}\n\n${report.verdict}\n${report.next}\n`
}
