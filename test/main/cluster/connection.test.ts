/** The user's own ssh against a real server on loopback, in both ways that it is used. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConnection, type Connection } from '../../../src/main/cluster/connection'
import type { Ask } from '../../../src/main/cluster/ask'
import {
  missingServices,
  passphrase,
  startServices,
  type Services
} from '../../support/slurm/services'
import { until } from '../../support/library'

const reason = missingServices('ssh')
const open: Connection[] = []

describe.skipIf(reason)(`a connection over ssh${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let services: Services
  beforeAll(() => void (services = startServices('ssh', 16_900)), 60_000)
  afterAll(() => {
    for (const connection of open) connection.close()
    services.stop()
  })

  function connect(way: 'master' | 'child', host = 'cluster', ask: Ask | null = null): Connection {
    const profile = { name: 'test', host, sshConfig: services.sshConfig }
    const connection = createConnection({ profile, ask, way, changed: () => undefined })
    open.push(connection)
    return connection
  }

  describe.each(['master', 'child'] as const)('as %s', (way) => {
    it('gives exit code, output and errors of each script, several at a time', async () => {
      const connection = connect(way)
      expect(connection.state()).toBe('idle')
      const all = await Promise.all(
        [0, 1, 2, 3].map((n) => connection.run(`echo out ${n}; echo "err 'x'" >&2; exit ${n}`))
      )
      expect(all.map(({ code, stdout, stderr }) => [code, String(stdout), stderr])).toEqual(
        [0, 1, 2, 3].map((n) => [n, `out ${n}\n`, "err 'x'\n"])
      )
      expect(connection.state()).toBe('up')
      await expect(connection.must('echo broken >&2; exit 3')).rejects.toMatchObject({
        code: 'cluster.command',
        message: expect.stringContaining('broken') as string
      })
    })

    it('carries any bytes there and back, also more than a pipe holds', async () => {
      const connection = connect(way)
      const bytes = randomBytes(3_000_001)
      expect((await connection.must('cat', bytes)).equals(bytes)).toBe(true)
      const pieces = Readable.from([bytes.subarray(0, 10), bytes.subarray(10)])
      const sum = (await connection.must('sha256sum', pieces)).toString().split(' ')[0]
      expect(sum).toBe(createHash('sha256').update(bytes).digest('hex'))
    })

    it('goes on after a script that left its input unread', async () => {
      const connection = connect(way)
      const { code } = await connection.run('exit 7', randomBytes(1_000_000))
      expect(code).toBe(7)
      expect(String(await connection.must('echo still here'))).toBe('still here\n')
    })

    it('says when the line is lost, and makes it again', async () => {
      const connection = connect(way)
      await connection.must('true')
      const waiting = connection.run('sleep 60')
      const lost = expect(waiting).rejects.toMatchObject({ code: 'cluster.dropped' })
      const ours = execFileSync('pgrep', ['-P', String(process.pid), '-x', 'ssh'], {
        encoding: 'utf8'
      })
      // Children of this very process alone: masters, channels and lines of these tests.
      for (const pid of ours.trim().split('\n')) process.kill(Number(pid), 'SIGKILL')
      await lost
      expect(connection.state()).toBe('down')
      expect(String(await connection.must('echo again'))).toBe('again\n')
      expect(connection.state()).toBe('up')
    })

    it('asks what ssh asks, and takes the answer from nowhere else', async () => {
      const asked: string[] = []
      const connection = connect(way, 'locked', (prompt) => {
        asked.push(prompt)
        return Promise.resolve(passphrase)
      })
      expect(String(await connection.must('echo in'))).toBe('in\n')
      expect(asked).toEqual([expect.stringContaining('passphrase')])
    })

    it('ends a try whose question nobody answers, and says so', async () => {
      const connection = connect(way, 'locked', () => Promise.resolve(null))
      await expect(connection.run('true')).rejects.toMatchObject({ code: 'cluster.unanswered' })
      expect(connection.state()).toBe('down')
    })

    it('with nobody to ask says why there is no way in, and what to do', async () => {
      await expect(connect(way, 'locked').run('true')).rejects.toMatchObject({
        code: 'cluster.connection',
        message: expect.stringContaining('Permission denied') as string,
        hint: expect.stringContaining('ssh-add') as string
      })
      await expect(connect(way, 'nowhere.invalid').run('true')).rejects.toMatchObject({
        message: expect.stringContaining('resolve') as string
      })
    })
  })

  it('a master ends with its owner', async () => {
    const connection = connect('master')
    const [pid] = String(await connection.must('echo $PPID')).split('\n')
    connection.close()
    await until(() => {
      try {
        process.kill(Number(pid), 0)
        return null
      } catch {
        return 'gone'
      }
    })
  })
})
