/** Whether runs can be recorded, and what may get in the way of long ones. */
import type { Finding } from '@shared/diagnosis'
import type { Observations } from './observations'
import { placeAdvice } from './place'

const gigabyte = 2 ** 30
/** A full-size study keeps some 60 checkpoints of 100 MB. */
const roomyBytes = 10 * gigabyte
const enoughMemory = 4 * gigabyte
/** A checkpoint of 100 MB should not hold a run up for more than a few seconds. */
const slowBytesPerSecond = 20 * 2 ** 20

export function libraryFindings({ library, memory, busy }: Observations): Finding[] {
  const findings: Finding[] = []
  const { folder, writable, freeBytes, sqlite, writeBytesPerSecond } = library
  if (sqlite === null) {
    findings.push({
      id: 'library.sqlite',
      level: 'problem',
      sentence: `The history cannot be opened: ${library.reason ?? 'SQLite cannot be used'}.`,
      next: { text: 'Install the packages again.', command: 'npm ci' }
    })
  }
  if (!writable) {
    findings.push({
      id: 'library.unwritable',
      level: 'problem',
      sentence: `Nothing can be recorded: ${folder} cannot be written.`,
      next: { text: 'Make the folder writable, or name another one with --runs DIR.' }
    })
  }
  if (library.place !== null) {
    findings.push({
      id: 'library.place',
      level: 'warning',
      sentence: library.place,
      next: { text: placeAdvice }
    })
  }
  if (freeBytes !== null && freeBytes < roomyBytes) {
    findings.push({
      id: 'library.diskFull',
      level: 'warning',
      sentence: `The disk of the library folder has ${inGigabytes(freeBytes)} free; a full-size study writes about 6 GB of checkpoints.`,
      next: { text: 'Free some space, or name a folder on a larger disk with --runs DIR.' }
    })
  }
  if (writeBytesPerSecond !== null && writeBytesPerSecond < slowBytesPerSecond) {
    findings.push({
      id: 'library.slow',
      level: 'warning',
      sentence: `The library folder takes ${(writeBytesPerSecond / 2 ** 20).toFixed(1)} MB/s: checkpoints will hold runs up.`,
      next: { text: 'Name a folder on a local disk with --runs DIR.' }
    })
  }
  if (memory.totalBytes < enoughMemory) {
    findings.push({
      id: 'memory.small',
      level: 'warning',
      sentence: `This machine has ${inGigabytes(memory.totalBytes)} of memory; the native engine alone takes about 1 GB.`,
      next: { text: 'Prefer small models, and one run at a time.' }
    })
  }
  if (busy !== null) {
    findings.push({
      id: 'machine.busy',
      level: 'note',
      sentence: `“${busy}” was at work meanwhile: the rates are lower than they could be.`,
      next: { text: 'Check again when no run is at work.' }
    })
  }
  return findings
}

const inGigabytes = (bytes: number): string => `${(bytes / gigabyte).toFixed(1)} GB`
