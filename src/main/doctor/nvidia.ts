/** NVIDIA's cards and driver, as the driver's own tool and the PCI bus tell of them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GpuReport } from '@shared/diagnosis'
import { readText } from './processor'
import type { ProgramResult, RunProgram } from './run-program'

/** What nvidia-smi answered. `failed` carries its words. */
export type NvidiaAnswer =
  | { state: 'listed'; gpus: GpuReport[] }
  | { state: 'missing' }
  | { state: 'hangs' }
  | { state: 'failed'; words: string }

const fields = ['name', 'memory.total', 'driver_version']

/** Asks for cards and driver. Older drivers do not know `compute_cap` and are asked again without it. */
export async function askNvidia(run: RunProgram, limitMs: number): Promise<NvidiaAnswer> {
  const ask = (names: string[]): Promise<ProgramResult> =>
    run('nvidia-smi', [`--query-gpu=${names.join(',')}`, '--format=csv,noheader'], limitMs)
  const answer = await ask([...fields, 'compute_cap'])
  const older = /not a valid field/i.test(answer.stdout + answer.stderr)
  return readAnswer(older ? await ask(fields) : answer)
}

export function readAnswer(result: ProgramResult): NvidiaAnswer {
  if (result.missing) return { state: 'missing' }
  if (result.timedOut) return { state: 'hangs' }
  const gpus = result.code === 0 ? parseGpus(result.stdout) : []
  if (gpus.length > 0) return { state: 'listed', gpus }
  const words = `${result.stdout}\n${result.stderr}`.trim().replace(/\s*\n\s*/g, ' ')
  return { state: 'failed', words: words || `exit code ${result.code ?? result.signal}` }
}

/** `NVIDIA H200, 143771 MiB, 570.86.15, 9.0`, one card a line; the last cell may be absent. */
export function parseGpus(csv: string): GpuReport[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 3 || cells.length === 4)
    .map(([name, memory, driver, capability]) => ({
      name: name!,
      memory: memory!,
      driver: driver!,
      // What a driver does not know, it writes as [N/A] or [Unknown Error].
      computeCapability: capability && /^\d+\.\d+$/.test(capability) ? capability : null
    }))
}

/** A vendor's number on the PCI bus (the PCI ID repository, pci-ids.ucw.cz). */
export const vendors = { nvidia: '0x10de', amd: '0x1002', intel: '0x8086' } as const

/** PCI vendors of the display controllers and 3D accelerators (class 0x03) that the kernel lists. */
export function displayVendors(devices = '/sys/bus/pci/devices'): string[] {
  const read = (device: string, file: string): string =>
    readText(join(devices, device, file))?.trim() ?? ''
  try {
    return readdirSync(devices)
      .filter((device) => read(device, 'class').startsWith('0x03'))
      .map((device) => read(device, 'vendor'))
  } catch {
    // Not Linux, or a container that hides the bus.
    return []
  }
}
