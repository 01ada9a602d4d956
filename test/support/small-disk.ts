/** A disk of its own for a test: a tmpfs of a few megabytes, which can be filled, made read-only and taken away. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Why there are no disks for tests here; undefined where there are. */
export const noSmallDisk: string | undefined = whyNot()

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'skipped: tmpfs is a thing of Linux'
  if (process.getuid?.() !== 0) return 'skipped: only root may mount a disk'
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-mount-'))
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  if (status === 0) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
  return status === 0 ? undefined : `skipped: mount is refused (${String(stderr).trim()})`
}

export interface SmallDisk {
  folder: string
  /** Leaves so many bytes free. */
  fill(leaveBytes: number): void
  /** Makes room again. */
  empty(): void
  readOnly(on: boolean): void
}

/** Mounted for the test that asks, gone after it. */
export function smallDisk(megabytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder])
    rmSync(folder, { recursive: true })
  })
  const ballast = (): string => join(folder, `ballast-${readdirSync(folder).length}`)
  return {
    folder,
    fill(leaveBytes) {
      const { bavail, bsize } = statfsSync(folder)
      try {
        writeFileSync(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)))
      } catch (error) {
        // A run that writes meanwhile fills what was to be left free: full is full.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    empty() {
      for (const name of readdirSync(folder)) {
        if (name.startsWith('ballast-')) rmSync(join(folder, name))
      }
    },
    readOnly: (on) => void execFileSync('mount', ['-o', `remount,${on ? 'ro' : 'rw'}`, folder])
  }
}
