/** A real one-node Slurm and an ssh server on loopback, where this machine can start them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why they cannot be started here; null where they can. */
export function missingServices(which: 'ssh' | 'slurm'): string | null {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root, to start an ssh server and Slurm on loopback'
  const programs = {
    ssh: ['ssh', 'sshd', 'ssh-keygen'],
    slurm: ['ssh', 'sshd', 'ssh-keygen', 'slurmctld', 'slurmd', 'sbatch', 'munged', 'runuser']
  }[which]
  // Debian keeps servers in sbin, which a user's PATH may lack.
  const lacking = programs.filter(
    (program) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${program}`]).status !== 0
  )
  if (lacking.length === 0) return null
  return `lacks ${lacking.join(', ')}: apt-get install slurm-wlm munge openssh-server openssh-client`
}

export interface Services {
  folder: string
  /** For the profile's `sshConfig`; its hosts are `cluster`, and `locked`, whose key has a passphrase. */
  sshConfig: string
  slurmConf: string
  /** Kills the daemon of compute nodes, as a node would lose it, and starts another. */
  killSlurmd(): void
  startSlurmd(): void
  stop(): void
}

export const passphrase = 'open sesame'

/** @param port the first of three */
export function startServices(which: 'ssh' | 'slurm', port: number): Services {
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-slurm-'))
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }
  const start = join(import.meta.dirname, 'start')
  const said = execFileSync('bash', [start, folder, String(port), which], { encoding: 'utf8', env })
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(said)![1]!
  const slurmConf = value('SLURM_CONF')
  return {
    folder,
    sshConfig: value('SSH_CONFIG'),
    slurmConf,
    killSlurmd() {
      process.kill(Number(readFileSync(join(folder, 'slurmd.pid'), 'utf8')), 'SIGKILL')
    },
    startSlurmd() {
      execFileSync('slurmd', ['-f', slurmConf], { env })
    },
    stop() {
      execFileSync('bash', [value('STOP')])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}
