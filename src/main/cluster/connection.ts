/**
 * One connection to a cluster, made by the user's own ssh with the user's own configuration. Scripts run over it one
 * by one or side by side; the login happens once. Two ways: a master of OpenSSH's with one channel per script, or,
 * where there are no such masters (Windows), one child that takes all scripts in turn (one-child.ts).
 *
 * A script reaches the far end's sh over its standard input, never through the login shell, which may be any; what
 * that shell's start files print is cut off.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterProfile } from '@shared/cluster'
import { UserError } from '@shared/errors'
import { openAsking, type Ask, type Asking } from './ask'
import { openChild } from './one-child'
import { openMaster } from './master'

export interface Ran {
  code: number
  stdout: Buffer
  stderr: string
}

/** What a script reads: all of it, or a stream, whichever library made it. */
export type Input = string | Buffer | NodeJS.ReadableStream

export const isStream = (input: Input): input is NodeJS.ReadableStream =>
  typeof input !== 'string' && !Buffer.isBuffer(input)

/** A login that stands: scripts run until it is lost. */
export interface Line {
  /** @throws {UserError} `cluster.dropped` when the line is lost meanwhile */
  run(script: string, input: Input): Promise<Ran>
  lost(): boolean
  close(): void
}

export interface Connection {
  /**
   * Runs a script with the far end's sh, connecting first where there is no line.
   * @returns exit code and output, whatever the code is
   * @throws {UserError} `cluster.connection` where none can be made, `cluster.dropped` where it is lost meanwhile
   */
  run(script: string, input?: Input): Promise<Ran>
  /** The same for a script that has to succeed. @throws {UserError} `cluster.command` with its last words */
  must(script: string, input?: Input): Promise<Buffer>
  state(): 'idle' | 'connecting' | 'up' | 'down'
  close(): void
}

export interface ConnectionOptions {
  profile: Pick<ClusterProfile, 'name' | 'host' | 'sshConfig'>
  /** Null: nobody is there to be asked. */
  ask: Ask | null
  /** `child` where OpenSSH has no masters. */
  way: 'master' | 'child'
  /** Is told of each change of state. */
  changed: () => void
}

/** ssh gives up a try to connect after this, and a silent line after three times fifteen seconds. */
const patience = ['ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=3']

export const usualWay = (platform: string): ConnectionOptions['way'] =>
  platform === 'win32' ? 'child' : 'master'

export function createConnection(options: ConnectionOptions): Connection {
  const { profile, ask, way, changed } = options
  let line: Promise<Line> | null = null
  let state: ReturnType<Connection['state']> = 'idle'
  let folder: string | undefined
  let closed = false
  // A master that was killed leaves its socket behind.
  let lines = 0

  function become(next: typeof state): void {
    if (state === next) return
    state = next
    changed()
  }

  async function open(): Promise<Line> {
    become('connecting')
    // Short: the path of a socket may have a hundred characters.
    folder ??= mkdtempSync(join(tmpdir(), 'gsc-'))
    const asking = ask && process.platform !== 'win32' ? openAsking(folder, ask) : null
    try {
      const start = (args: readonly string[], remote: string): ChildProcess =>
        startSsh(profile, asking, args, remote)
      const opened = await (way === 'master'
        ? openMaster(start, join(folder, String(++lines)))
        : openChild(start))
      become('up')
      return opened
    } catch (error) {
      become('down')
      throw refusal(profile, (error as Error).message, asking?.unanswered() ?? false)
    } finally {
      asking?.close()
    }
  }

  async function connected(): Promise<Line> {
    if (closed) throw dropped()
    const current = line && (await line.catch(() => null))
    if (current && !current.lost()) return current
    // Of several scripts that find the line lost, the first connects.
    if (line === null || current) line = open()
    const opening = line
    opening.catch(() => {
      if (line === opening) line = null
    })
    return opening
  }

  async function run(script: string, input: Input = ''): Promise<Ran> {
    const current = await connected()
    try {
      return await current.run(script, input)
    } catch (error) {
      if (current.lost()) become('down')
      throw error
    }
  }

  return {
    run,
    async must(script, input) {
      const { code, stdout, stderr } = await run(script, input)
      if (code === 0) return stdout
      const said = stderr.trim().split('\n').slice(-3).join(' ') || `exit code ${code}`
      throw new UserError(
        'cluster.command',
        `A command on ${profile.name} failed: ${said}.`,
        `grokscope cluster check ${profile.name} looks for the cause.`
      )
    },
    state: () => state,
    close() {
      closed = true
      void line?.then((current) => current.close()).catch(() => undefined)
      if (folder) rmSync(folder, { recursive: true, force: true })
      become('idle')
    }
  }
}

function startSsh(
  { host, sshConfig }: ConnectionOptions['profile'],
  asking: Asking | null,
  args: readonly string[],
  remote: string
): ChildProcess {
  const options = [...patience, ...(asking ? [] : ['BatchMode=yes'])]
  const words = [
    ...(sshConfig ? ['-F', sshConfig] : []),
    ...options.flatMap((option) => ['-o', option]),
    ...args,
    '-T',
    host,
    remote
  ]
  return spawn('ssh', words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...asking?.env },
    windowsHide: true,
    // A session of its own: ssh has no terminal to ask at, and Ctrl-C does not reach it.
    detached: process.platform !== 'win32'
  })
}

export const dropped = (): UserError =>
  new UserError(
    'cluster.dropped',
    'The connection to the cluster was lost.',
    'It is made again by itself; what runs there goes on meanwhile.'
  )

/** What keeps ssh from connecting, with what to do. */
function refusal(
  { name, host }: ConnectionOptions['profile'],
  words: string,
  unanswered: boolean
): UserError {
  const said = words.trim().split('\n').filter(Boolean).at(-1) ?? 'it ended without a word'
  const cure = unanswered
    ? 'Connect again and answer what it asks.'
    : (cures.find(([pattern]) => pattern.test(words))?.[1] ??
      `Try "ssh ${host}" in a terminal: whatever makes it work there works here.`)
  return new UserError(
    unanswered ? 'cluster.unanswered' : 'cluster.connection',
    `No connection to ${name} (ssh ${host}): ${said}`,
    cure
  )
}

const cures: [RegExp, string][] = [
  [/ENOENT/, 'Install OpenSSH: its program ssh is not on the PATH.'],
  [
    /Could not resolve/i,
    'Check the host of the profile, your ~/.ssh/config and the network or VPN.'
  ],
  [
    /Permission denied/i,
    'Load your key into the agent (ssh-add), or connect from the app or a terminal, where a password or second factor can be asked for.'
  ],
  [
    /Host key verification failed/i,
    'Connect once by hand with ssh and accept the host key, after comparing it with the one your centre publishes.'
  ],
  [/timed out|No route|unreachable/i, 'Check the network or VPN, and that the login node is up.'],
  [/refused/i, 'Check the port in ~/.ssh/config, and that the login node is up.']
]
