/** The class of machine that a run was trained on: where it is the same, the same engine gives the same bits. */
import { cpus } from 'node:os'

/** e.g. `linux x64, Intel(R) Xeon(R) Processor, 2 cores`. */
export function describeMachineClass(): string {
  const all = cpus()
  const model = all[0]?.model.trim() || 'unknown processor'
  return `${process.platform} ${process.arch}, ${model}, ${all.length} ${all.length === 1 ? 'core' : 'cores'}`
}
