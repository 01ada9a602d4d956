import { existsSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openLaneLock } from '../../../src/main/cluster/lane-lock'
import { temporaryFolder } from '../../support/library'

it('one of several looks after a cluster, and another once it has let go', () => {
  const folder = join(temporaryFolder(), 'hpc')
  const [first, second] = [openLaneLock(folder), openLaneLock(folder)]
  expect([first.isElsewhere(), second.isElsewhere()]).toEqual([false, false])
  expect([first.take(), first.take(), second.take()]).toEqual([true, true, false])
  expect([first.isElsewhere(), second.isElsewhere()]).toEqual([false, true])
  second.release()
  expect(second.take()).toBe(false)
  first.release()
  expect(existsSync(join(folder, 'lock.json'))).toBe(false)
  expect(second.take()).toBe(true)
})

it('a holder that died is followed', () => {
  const folder = temporaryFolder()
  // No process has this start time.
  const gone = { pid: process.pid, start: '1', host: hostname(), server: 'x' }
  writeFileSync(join(folder, 'lock.json'), JSON.stringify(gone))
  expect(openLaneLock(folder).take()).toBe(true)
})
