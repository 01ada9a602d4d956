import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { withLock } from '../../src/setup/lock.mjs'
import { newFolder, removeFolders } from './fake-machine'

afterEach(removeFolders)

describe('a lock', () => {
  it('lets one at a time through and is released after a failure', async () => {
    const path = join(newFolder(), 'deep', 'lock')
    const order: string[] = []
    const turn = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      order.push(`${name} ends`)
      if (name === 'first') throw new Error('first fails')
    }
    const waited: string[] = []
    const first = withLock(path, turn('first'))
    const second = withLock(path, turn('second'), () => waited.push('second'))
    await expect(first).rejects.toThrow('first fails')
    await second
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
    expect(waited).toEqual(['second'])
    expect(existsSync(path)).toBe(false)
  })

  it('is taken over from an owner that is gone', async () => {
    const path = join(newFolder(), 'lock')
    const { pid } = spawnSync(process.execPath, ['--version'])
    for (const owner of [pid, process.pid]) {
      writeFileSync(path, `${owner} ${hostname()}`)
      expect(await withLock(path, () => Promise.resolve('done'))).toBe('done')
    }
  })
})
