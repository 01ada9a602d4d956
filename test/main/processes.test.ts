import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeProcess, isAlive } from '../../src/main/processes'
import { temporaryFolder } from '../support/library'

describe('a process', () => {
  it('is known by its pid and start, so that a later one with its pid is not taken for it', () => {
    const own = describeProcess(process.pid)
    expect(own).toMatchObject({ pid: process.pid, host: hostname() })
    expect(isAlive(own)).toBe(true)
    if (process.platform === 'linux') {
      expect(own.start).toMatch(/^\d+$/)
      expect(isAlive({ ...own, start: '1' })).toBe(false)
    }
    // Where no start time can be had, the pid alone decides.
    expect(isAlive({ ...own, start: null })).toBe(true)
    expect(isAlive({ ...own, host: 'another machine' })).toBe(false)
  })

  it('is gone once it has exited', async () => {
    const file = join(temporaryFolder(), 'wait.cjs')
    writeFileSync(file, "process.on('message', () => {})")
    const child = fork(file, { execArgv: [] })
    const name = describeProcess(child.pid!)
    expect(isAlive(name)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(isAlive(name)).toBe(false)
  })
})
