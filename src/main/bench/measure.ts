/** One workload: every contender is started, compared with the others, and timed in turns. */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '@shared/errors'
import { disagreement } from './agreement'
import type { Child } from './child'
import type { Contender, ContenderName, Replies, StepCheck } from './contenders'
import { writeExchange } from './exchange'
import { busyMs, othersShare } from './processor'
import { interleave } from './rounds'
import type { Block, Pace, Timed } from './rounds'
import { median, summary } from './statistics'
import type { Summary } from './statistics'
import type { Workload } from './workloads'

export interface Measured {
  contender: ContenderName
  workload: string
  /** Milliseconds a step: over the blocks. */
  msPerStep: Summary
  /** Median processor time of all its threads: with one thread, what others do hardly touches it. */
  cpuMsPerStep: number
  /** Blocks, and steps in each. */
  blocks: number
  steps: number
  /** The largest share of processor time that others took during one of these blocks, 0 to 1. */
  others: number
  /** The most memory its process held, in bytes. */
  peakBytes: number
}

export interface MeasureOptions {
  threads: number
  gpu: boolean
  pace: Pace
  /** Starts a contender's process. @throws {UserError} where it cannot be had here. */
  start(contender: Contender): Promise<Child>
  /** One line of progress or trouble. */
  say(line: string): void
}

export interface Measurement {
  measured: Measured[]
  /** Of all contenders that started. */
  versions: Record<string, string>
  /** Devices in words, by contender. */
  devices: Partial<Record<ContenderName, string>>
  /** Billions of operations a second in a large product of float32 matrices, by contender. */
  matmulGflops: Partial<Record<ContenderName, number>>
  /** Contenders that did not run, and why. */
  failed: Partial<Record<ContenderName, string>>
}

/** Times `contenders` on a workload; who fails is left out and named. */
export async function measure(
  workload: Workload,
  contenders: readonly Contender[],
  { threads, gpu, pace, start, say }: MeasureOptions
): Promise<Measurement> {
  const result: Measurement = {
    measured: [],
    versions: {},
    devices: {},
    matmulGflops: {},
    failed: {}
  }
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-bench-'))
  const children = new Map<ContenderName, Child>()
  try {
    writeExchange(folder, workload)
    let expected: StepCheck[] | undefined
    for (const contender of contenders) {
      say(`  ${contender.name}: starting`)
      const child = await attempt(contender, () => start(contender))
      if (!child) continue
      children.set(contender.name, child)
      const request = { type: 'start', folder, workload, threads, gpu, contender } as const
      const ready = await attempt(contender, async () => check(await child.ask(request)))
      if (!ready) {
        await child.end()
        children.delete(contender.name)
        continue
      }
      Object.assign(result.versions, ready.versions)
      result.devices[contender.name] = ready.device
    }

    for (const name of ['grokscope-native', 'torch-eager'] as const) {
      const child = children.get(name)
      if (!child) continue
      const { gflops } = await child.ask({ type: 'matmul', size: gpu ? 8192 : 1024 })
      result.matmulGflops[name] = gflops
    }

    say(`  ${pace.rounds} rounds of ${children.size} contenders`)
    const timed = new Map<string, Timed>(
      [...children].map(([name, child]) => [name, { block: (steps) => timedBlock(child, steps) }])
    )
    const blocks = await interleave(timed, pace, { now: () => performance.now(), sleep })
    for (const [name, child] of children) {
      const { steps, msPerStep, cpuMsPerStep, others } = blocks.get(name)!
      const { peakBytes } = await child.ask({ type: 'memory' })
      result.measured.push({
        contender: name,
        workload: workload.name,
        msPerStep: summary(msPerStep),
        cpuMsPerStep: median(cpuMsPerStep),
        blocks: msPerStep.length,
        steps,
        others,
        peakBytes
      })
    }
    return result

    /** The first contender's numbers are what the others are held to. */
    function check(ready: Replies['start']): Replies['start'] {
      if (gpu && !ready.gpu) {
        throw new UserError(
          'bench.gpu',
          `It runs on ${ready.device}, not on a GPU.`,
          'Run `npm run engine -- --cuda`, and see docs/gpu.md.'
        )
      }
      const found = expected && disagreement(expected, ready.checks)
      if (found) throw new Error(`it does not do the same work: ${found}`)
      expected ??= ready.checks
      return ready
    }
  } finally {
    await Promise.all([...children.values()].map((child) => child.end()))
    rmSync(folder, { recursive: true, force: true })
  }

  async function attempt<Result>(
    contender: Contender,
    f: () => Promise<Result>
  ): Promise<Result | undefined> {
    try {
      return await f()
    } catch (error) {
      const { message, hint = '' } = error as Error & { hint?: string }
      result.failed[contender.name] = `${message} ${hint}`.trim()
      say(`  ${contender.name}: ${result.failed[contender.name]!}`)
      return undefined
    }
  }
}

async function timedBlock(child: Child, steps: number): Promise<Block> {
  const [from, busy] = [performance.now(), busyMs()]
  const { ms, cpuMs } = await child.ask({ type: 'block', steps })
  const share = othersShare(busyMs() - busy, cpuMs, performance.now() - from, cpus().length)
  return { ms, cpuMs, others: share }
}
