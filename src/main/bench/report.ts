/** What was measured as JSON rows and as tables for people. */
import type { ContenderName } from './contenders'
import { contenders } from './contenders'
import type { Measured } from './measure'
import { quiet } from './rounds'
import { stepFlops } from './workloads'
import type { Workload } from './workloads'

export interface Machine {
  cpu: string
  cores: number
  memoryBytes: number
  /** e.g. `linux x64` */
  system: string
  threads: number
  /** Devices in words, by contender. */
  devices: Partial<Record<ContenderName, string>>
  /** Billions of operations a second in a large float32 matrix product, by contender. */
  matmulGflops: Partial<Record<ContenderName, number>>
  /** Load average over a minute before the start: what else the machine was doing. */
  loadBefore: number
  /** ISO time of the start. */
  date: string
}

export interface Row {
  contender: ContenderName
  workload: string
  /** Median over blocks. */
  msPerStep: number
  /** Over blocks, milliseconds a step. */
  spread: { min: number; max: number }
  /** Median over median; null where that contender did not run. */
  ratioToTorchCompile: number | null
  ratioToTorchEager: number | null
  /** Median processor time of all its threads a step, milliseconds. */
  cpuMsPerStep: number
  /** Blocks, and steps in each. */
  blocks: number
  steps: number
  /** The largest share of processor time that others took during one of these blocks, 0 to 1. */
  others: number
  /** The most memory the contender's process held. */
  peakBytes: number
}

export interface Report {
  machine: Machine
  versions: Record<string, string>
  rows: Row[]
}

/** Ratios stand among rows of one workload. */
export function rowsOf(measured: readonly Measured[]): Row[] {
  return measured.map(({ contender, workload, msPerStep, cpuMsPerStep, others, ...rest }) => {
    const ratioTo = (other: ContenderName): number | null => {
      const found = measured.find((m) => m.contender === other && m.workload === workload)
      return found ? rounded(msPerStep.median / found.msPerStep.median) : null
    }
    return {
      contender,
      workload,
      msPerStep: rounded(msPerStep.median),
      spread: { min: rounded(msPerStep.min), max: rounded(msPerStep.max) },
      ratioToTorchCompile: ratioTo('torch-compile'),
      ratioToTorchEager: ratioTo('torch-eager'),
      cpuMsPerStep: rounded(cpuMsPerStep),
      others: rounded(others),
      ...rest
    }
  })
}

/** Milliseconds a step that its matrix products alone take at a rate in GFLOP/s. */
export function limitMs(workload: Workload, gflops: number): number {
  return stepFlops(workload) / gflops / 1e6
}

/** Tables of the workloads that all contenders ran. */
export function workloadTables(workloads: readonly Workload[], report: Report): string {
  return workloads
    .map((workload) => {
      const rows = report.rows.filter((row) => row.workload === workload.name)
      const cells = rows.map((row) => [
        contenders.find(({ name }) => name === row.contender)!.title,
        ms(row.msPerStep),
        `${ms(row.spread.min)} .. ${ms(row.spread.max)}`,
        ratio(row.ratioToTorchCompile),
        ratio(row.ratioToTorchEager),
        ms(row.cpuMsPerStep),
        `${Math.round(row.peakBytes / 1e6)} MB`,
        `${Math.round(100 * row.others)} %`
      ])
      const heads = [
        '',
        'ms a step',
        'min .. max',
        '/ torch.compile',
        '/ torch eager',
        'cpu ms',
        'peak memory',
        'others'
      ]
      const limit = limitLine(workload, report)
      return [workload.title, table([heads, ...cells]), limit].filter(Boolean).join('\n')
    })
    .join('\n\n')
}

/** Milliseconds a step of Grokscope's recorded step, along width, depth and batch. */
export function costTableText(
  axes: readonly { axis: string; workloads: readonly Workload[] }[],
  report: Report
): string {
  const rate = report.machine.matmulGflops['grokscope-native']
  return axes
    .map(({ axis, workloads }) => {
      const cells = workloads.flatMap((workload) => {
        const row = report.rows.find(
          (r) => r.workload === workload.name && r.contender === 'grokscope-native'
        )
        if (!row) return []
        const { dModel, nLayer } = workload.model
        const at = { width: dModel, depth: nLayer, batch: workload.batchSize }[axis]
        const limit = rate ? ms(limitMs(workload, rate)) : '-'
        return [
          [`${at}`, ms(row.msPerStep), `${ms(row.spread.min)} .. ${ms(row.spread.max)}`, limit]
        ]
      })
      return table([[axis, 'ms a step', 'min .. max', 'matmul limit'], ...cells])
    })
    .join('\n\n')
}

/** A warning where others used the machine meanwhile: contenders do not suffer from that alike. */
export function noiseNote({ machine, rows }: Pick<Report, 'machine' | 'rows'>): string[] {
  const most = Math.max(0, ...rows.map(({ others }) => others))
  if (most <= quiet) return []
  const percent = Math.round(100 * most)
  const advice =
    machine.threads > 1
      ? "Ratios to PyTorch, whose threads wait for each other, can't be trusted: repeat it on a quiet machine."
      : 'With one thread, compare processor times.'
  return [
    `The machine was not quiet: others took up to ${percent} % of its processor time. ${advice}`
  ]
}

/** The physical limit beside what was measured. */
function limitLine(workload: Workload, { machine }: Report): string {
  const rate = machine.matmulGflops['grokscope-native']
  if (!rate) return ''
  const gflop = (stepFlops(workload) / 1e9).toPrecision(3)
  const torch = machine.matmulGflops['torch-eager']
  const others = torch ? `; PyTorch reaches ${Math.round(torch)}` : ''
  return (
    `Limit: ${gflop} GFLOP of matrix products a step / ${Math.round(rate)} GFLOP/s measured here ` +
    `= ${ms(limitMs(workload, rate))} ms${others}.`
  )
}

/** Text columns, the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1)
const ratio = (value: number | null): string => (value === null ? '-' : value.toFixed(2))
/** Four digits: more is noise. */
const rounded = (value: number): number => Number(value.toPrecision(4))
