/**
 * From what was seen to what it means: findings with their next steps, and the verdict in one sentence. Pure, so that
 * machines which nobody has at hand can be played.
 */
import { Finding, type Diagnosis, type EngineReport } from '@shared/diagnosis'
import { engineFindings } from './engine-findings'
import type { EngineOutcome } from './engine-probe'
import type { Cause } from './driver-findings'
import { gpuFindings } from './gpu-findings'
import { libraryFindings } from './library-findings'
import { working, type Observations } from './observations'

type Judged = Pick<
  Diagnosis,
  'gpus' | 'gpu' | 'engines' | 'findings' | 'trainsOn' | 'verdict' | 'next' | 'ok'
>

const order = ['problem', 'warning', 'note'] as const

export function diagnose(seen: Observations): Judged {
  const engine = engineFindings(seen)
  const gpu = gpuFindings(seen)
  const native = working(seen, 'native')
  const trainsOn =
    native?.device ?? (working(seen, 'wasm') ? ('wasm' as const) : ('nothing' as const))
  const findings = [...libraryFindings(seen), ...engine, ...gpu]
    // Only what the contract names leaves this room.
    .map((finding) => Finding.parse(finding))
    .sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
  const unusable = findings.find(({ level }) => level === 'problem')
  const step = findings.find((finding) => finding.level !== 'note' && finding.next)?.next
  return {
    gpus: seen.nvidia.state === 'listed' ? seen.nvidia.gpus : [],
    gpu: {
      used: native?.device === 'gpu',
      reason: native?.device === 'gpu' ? null : (gpu[0]?.because ?? engine[0]?.because ?? null),
      libraries: seen.libraries
    },
    engines: seen.engines.map((outcome) => engineReport(outcome, seen)),
    findings,
    trainsOn,
    verdict: verdict(seen, engine, gpu, unusable),
    next: step
      ? [step.text, step.command].filter(Boolean).join(' ')
      : 'Start a first run: grokscope train comparison-mini',
    ok: !unusable
  }
}

function verdict(
  seen: Observations,
  engine: readonly Cause[],
  gpu: readonly Cause[],
  unusable: Finding | undefined
): string {
  const native = working(seen, 'native')
  if (unusable?.id === 'engine.none')
    return `Nothing can be trained, because ${engine[0]!.because}.`
  if (unusable) return unusable.sentence
  if (!native) {
    const wasm = working(seen, 'wasm')!
    return `WebAssembly only, because ${engine[0]!.because}: ${speed(wasm.gflops)}.`
  }
  if (native.device === 'gpu') {
    const name = seen.nvidia.state === 'listed' ? seen.nvidia.gpus[0]!.name : 'the GPU'
    return `Ready on ${withMaker(name)}, ${speed(native.gflops)}.`
  }
  const cores = `${seen.cpu.cores} ${seen.cpu.cores === 1 ? 'core' : 'cores'}`
  const because = gpu[0]?.because ?? 'no GPU is used'
  return `CPU only, because ${because}: ${cores}, ${speed(native.gflops)}.`
}

const withMaker = (name: string): string => (/nvidia/i.test(name) ? name : `NVIDIA ${name}`)

/** 38 TFLOP/s, 59 GFLOP/s. */
export const speed = (gflops: number): string =>
  gflops >= 1000
    ? `${Number((gflops / 1000).toPrecision(2))} TFLOP/s`
    : `${Number(gflops.toPrecision(3))} GFLOP/s`

function engineReport(outcome: EngineOutcome, { installed }: Observations): EngineReport {
  const { name, answer } = outcome
  const build = name === 'native' && installed.build ? { build: installed.build } : {}
  if (answer?.type === 'works') {
    const { version, detail, device, gflops } = answer
    return { name, ok: true, version, detail, device, gflops, reason: null, ...build }
  }
  const reason = answer
    ? `${answer.message} ${answer.hint}`.trim()
    : outcome.ended === 'hung'
      ? 'it did not answer in time'
      : outcome.signal
        ? `it crashed (${outcome.signal})`
        : outcome.words.trim().split('\n').at(-1) || 'it ended without a word'
  const nothing = { version: null, detail: null, device: null, gflops: null }
  return { name, ok: false, ...nothing, reason, ...build }
}
