/**
 * `npm run bench`: times a training step of Grokscope and of PyTorch side by side (docs/performance.md). The same file
 * started with the word `contender` is one of Grokscope's contenders.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import { cacheFolder } from '../setup/machine.mjs'
import { readArguments, usage } from './bench/arguments'
import type { BenchOptions } from './bench/arguments'
import { startChild } from './bench/child'
import type { Child } from './bench/child'
import { contenders, onGpu } from './bench/contenders'
import type { Contender } from './bench/contenders'
import { measure } from './bench/measure'
import type { Measurement, MeasureOptions } from './bench/measure'
import { profileText } from './bench/profile'
import type { OpTime } from './bench/profile'
import { costTableText, noiseNote, rowsOf, workloadTables } from './bench/report'
import type { Report } from './bench/report'
import { torchPython } from './bench/torch-environment'
import { costTable, workloads } from './bench/workloads'
import type { Workload } from './bench/workloads'

// Built as out/main/bench.js.
const packageRoot = join(__dirname, '..', '..')
const script = join(packageRoot, 'resources', 'bench', 'torch_bench.py')

const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(words: readonly string[]): Promise<number> {
  if (words[0] === 'contender') {
    // Loaded here alone: the parent must not compute.
    const { serveContender } = await import('./bench/node-contender')
    await serveContender()
    return 0
  }
  const options = readArguments(words, availableParallelism())
  if (options.help) {
    console.log(usage)
    return 0
  }
  return options.profile ? profile(options) : bench(options)
}

/** Where the time of a step goes, for the workloads that every contender is timed on. */
async function profile({ threads, quick, json }: BenchOptions): Promise<number> {
  const contender = contenders.find(({ name }) => name === 'grokscope-native-eager')!
  const environment = contenderEnvironment(threads, false)
  const tables: { workload: string; ops: OpTime[] }[] = []
  for (const workload of quick ? workloads.slice(0, 1) : workloads) {
    say(workload.title)
    const child = startChild(process.execPath, [__filename, 'contender'], environment)
    try {
      await child.ask({ type: 'start', folder: '', workload, threads, gpu: false, contender })
      await child.ask({ type: 'block', steps: 3 })
      const { ops } = await child.ask({ type: 'profile', steps: 20 })
      tables.push({ workload: workload.title, ops })
    } finally {
      await child.end()
    }
  }
  const texts = tables.map(({ workload, ops }) => `${workload}\n${profileText(ops)}`)
  console.log(json ? JSON.stringify({ threads, tables }) : texts.join('\n\n'))
  return 0
}

async function bench(options: BenchOptions): Promise<number> {
  const { threads, gpu, quick, json } = options
  const before = { load: loadavg()[0]!, date: new Date().toISOString() }
  const chosen = contenders.filter(({ name }) => options.only.includes(name))
  const running = gpu ? chosen.filter(onGpu) : chosen
  const python = await torchOrReason(running, gpu)
  const environment = contenderEnvironment(threads, gpu)

  const measuring: MeasureOptions = {
    threads,
    gpu,
    pace: {
      rounds: options.rounds,
      blockMs: quick ? 1500 : 2000,
      restMs: 100,
      limitMs: quick ? 90_000 : 180_000
    },
    say,
    async start(contender): Promise<Child> {
      if (contender.runtime === 'node') {
        return startChild(process.execPath, [__filename, 'contender'], environment)
      }
      if (python instanceof UserError) throw python
      return startChild(python, [script], environment)
    }
  }
  const main = quick ? workloads.slice(0, 1) : workloads
  const results: Measurement[] = []
  for (const workload of main) results.push(await timed(workload, running, measuring))

  // The cost table: the recorded step alone, fewer rounds.
  const native = running.filter(({ name }) => name === 'grokscope-native')
  const axes = quick || native.length === 0 ? [] : costTable
  const further = new Map(axes.flatMap((axis) => axis.workloads.map((w) => [w.name, w])))
  for (const { name } of main) further.delete(name)
  const brief = {
    ...measuring,
    pace: { ...measuring.pace, rounds: 3, blockMs: 1500, limitMs: 30_000 }
  }
  for (const workload of further.values()) results.push(await timed(workload, native, brief))

  const report: Report = {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      system: `${process.platform} ${process.arch}`,
      threads,
      devices: Object.assign({}, ...results.map(({ devices }) => devices)),
      matmulGflops: results[0]!.matmulGflops,
      loadBefore: Number(before.load.toFixed(2)),
      date: before.date
    },
    versions: Object.assign({ grokscope: version() }, ...results.map(({ versions }) => versions)),
    rows: rowsOf(results.flatMap(({ measured }) => measured))
  }
  print(report, main, axes, json)
  return results.some(({ failed }) => Object.keys(failed).length > 0) ? 1 : 0
}

function timed(
  workload: Workload,
  running: readonly Contender[],
  options: MeasureOptions
): Promise<Measurement> {
  say(`\n${workload.title}`)
  return measure(workload, running, options)
}

/** Where torch stands, or why there is none: the other contenders run all the same. */
async function torchOrReason(
  running: readonly Contender[],
  gpu: boolean
): Promise<string | UserError> {
  if (!running.some(({ runtime }) => runtime === 'python')) return ''
  try {
    return await torchPython(cacheFolder(process), gpu, say)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error
  }
}

/** Threads and precision alike for all; libraries read these when they load. */
function contenderEnvironment(threads: number, gpu: boolean): NodeJS.ProcessEnv {
  const n = String(threads)
  return {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: n,
    TF_NUM_INTEROP_THREADS: n,
    OMP_NUM_THREADS: n,
    MKL_NUM_THREADS: n,
    TORCHINDUCTOR_CACHE_DIR: join(cacheFolder(process), 'bench-inductor'),
    PYTHONDONTWRITEBYTECODE: '1',
    // Nothing is fetched beyond the installation.
    HF_HUB_OFFLINE: '1',
    // TensorFlow computes in TF32 on new GPUs unless told otherwise, PyTorch does not.
    ...(gpu ? { NVIDIA_TF32_OVERRIDE: '0' } : { CUDA_VISIBLE_DEVICES: '' })
  }
}

function print(
  report: Report,
  main: readonly Workload[],
  axes: typeof costTable,
  json: boolean
): void {
  const { machine, versions } = report
  const texts = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.threads} threads; load before: ${machine.loadBefore}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    workloadTables(main, report),
    ...(axes.length ? [costTableText(axes, report)] : []),
    ...noiseNote(report)
  ]
  if (json) say(`\n${texts.join('\n\n')}`)
  console.log(json ? JSON.stringify(report) : texts.join('\n\n'))
}

function version(): string {
  const file = readFileSync(join(packageRoot, 'package.json'), 'utf8')
  return (JSON.parse(file) as { version: string }).version
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const isUser = error instanceof UserError
    say(isUser ? `bench: ${error.message}\n${error.hint}` : (error as Error).stack!)
    process.exitCode = isUser ? 2 : 1
  }
)
