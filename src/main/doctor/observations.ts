/** Everything the doctor asked of a machine, before any judgement. Tests play machines with it. */
import type { Diagnosis, LibraryReport } from '@shared/diagnosis'
import type { FoundLibrary } from './cuda-libraries'
import type { EngineOutcome } from './engine-probe'
import type { InstalledEngine } from './installed-engine'
import type { NvidiaAnswer } from './nvidia'

export interface Observations {
  /** As process.platform and process.arch. */
  platform: string
  arch: string
  cpu: Diagnosis['cpu']
  memory: Diagnosis['memory']
  /** Windows' Subsystem for Linux, and whether Windows hands its GPU through (/dev/dxg). */
  wsl: { version: 1 | 2; gpuDevice: boolean } | null
  /** PCI vendors of the display controllers that the kernel lists. */
  displayVendors: string[]
  nvidia: NvidiaAnswer
  /** CUDA_VISIBLE_DEVICES, undefined where it is not set. */
  visibleDevices: string | undefined
  libraries: FoundLibrary[]
  installed: InstalledEngine
  engines: EngineOutcome[]
  library: LibraryReport
  /** Name of a run that was at work meanwhile. */
  busy: string | null
}

/** What an engine answered if it works, else null. */
export function working(
  seen: Pick<Observations, 'engines'>,
  name: EngineOutcome['name']
): Extract<EngineOutcome['answer'], { type: 'works' }> | null {
  const answer = seen.engines.find((engine) => engine.name === name)?.answer
  return answer?.type === 'works' ? answer : null
}
