/**
 * Where a step's time goes: every operation that TensorFlow runs, timed one by one in processor time. On a processor an
 * eager operation has been computed when its call returns, so calls can be timed; on a GPU they cannot. A recorded step
 * does the same operations, fused where TensorFlow can, without the calls.
 */
import { currentBackend } from '../trainer/recording/tensorflow'
import type { Binding } from '../trainer/recording/tensorflow'

export interface OpTime {
  op: string
  /** Shapes of the inputs, e.g. `3072x128 128`. */
  shapes: string
  /** Of a step. */
  calls: number
  /** Processor time of all threads, the call into TensorFlow included. */
  msPerStep: number
}

/**
 * Runs `step` so many times eagerly on the native engine and sums what its operations took, by operation and shapes of
 * inputs, most time first. The call into TensorFlow is part of each.
 */
export function profileSteps(step: () => void, steps: number): OpTime[] {
  const backend = currentBackend()
  const { binding } = backend
  const shapes = new Map<number, string>()
  const sums = new Map<string, OpTime>()
  const timing = {
    __proto__: binding,
    createTensor(...args: Parameters<Binding['createTensor']>): number {
      const id = binding.createTensor(...args)
      shapes.set(id, args[0].join('x'))
      return id
    },
    executeOp(...args: Parameters<Binding['executeOp']>) {
      const [op, , inputs] = args
      const from = process.cpuUsage()
      const handles = binding.executeOp(...args)
      const { user, system } = process.cpuUsage(from)
      const ms = (user + system) / 1000
      for (const { id, shape } of handles) shapes.set(id, shape.join('x'))
      const of = inputs.map((id) => shapes.get(id) ?? '?').join(' ')
      const key = `${op} ${of}`
      const sum = sums.get(key) ?? { op, shapes: of, calls: 0, msPerStep: 0 }
      sums.set(key, {
        ...sum,
        calls: sum.calls + 1 / steps,
        msPerStep: sum.msPerStep + ms / steps
      })
      return handles
    }
  } as unknown as Binding
  try {
    backend.binding = timing
    for (let i = 0; i < steps; i++) step()
  } finally {
    backend.binding = binding
  }
  return [...sums.values()].sort((a, b) => b.msPerStep - a.msPerStep)
}

/** A table by operation, then the operations by shapes that take the most. */
export function profileText(ops: readonly OpTime[], rows = 20): string {
  const kinds = new Map<string, OpTime>()
  for (const { op, calls, msPerStep } of ops) {
    const sum = kinds.get(op) ?? { op, shapes: '', calls: 0, msPerStep: 0 }
    kinds.set(op, { ...sum, calls: sum.calls + calls, msPerStep: sum.msPerStep + msPerStep })
  }
  const total = ops.reduce((sum, { msPerStep }) => sum + msPerStep, 0)
  const line = ({ op, shapes, calls, msPerStep }: OpTime): string =>
    [
      msPerStep.toFixed(2).padStart(8),
      `${Math.round((100 * msPerStep) / total)} %`.padStart(6),
      String(Math.round(calls)).padStart(6),
      `  ${op} ${shapes}`.trimEnd()
    ].join('')
  const byTime = [...kinds.values()].sort((a, b) => b.msPerStep - a.msPerStep)
  const head = `${'cpu ms'.padStart(8)}${'share'.padStart(6)}${'calls'.padStart(6)}  operation`
  return [
    `${total.toFixed(1)} ms of processor time a step, operation by operation`,
    head,
    ...byTime.slice(0, rows).map(line),
    '',
    `${head} and shapes of its inputs`,
    ...ops.slice(0, rows).map(line)
  ].join('\n')
}
