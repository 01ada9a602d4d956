import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLog, Tail } from '../../../src/main/shell/log'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'log-'))))
afterEach(() => rmSync(folder, { recursive: true }))

describe('the log file', () => {
  it('is made with its folder and holds time, source and line', () => {
    const file = join(folder, 'logs', 'grokscope.log')
    openLog(file, () => 0)('server', 'ready')
    expect(readFileSync(file, 'utf8')).toBe('1970-01-01T00:00:00.000Z server: ready\n')
  })

  it('steps aside past a megabyte, once', () => {
    const file = join(folder, 'grokscope.log')
    const log = openLog(file, () => 0)
    writeFileSync(file, 'x'.repeat(2 ** 20 + 1))
    log('server', 'new')
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/^x+$/)
    expect(readFileSync(file, 'utf8')).toMatch(/ new\n$/)
  })

  it('does not take the app down when its folder has gone', () => {
    const log = openLog(join(folder, 'logs', 'grokscope.log'), () => 0)
    rmSync(join(folder, 'logs'), { recursive: true })
    expect(() => log('server', 'lost')).not.toThrow()
  })
})

describe('the last lines of a process', () => {
  it('come out whole, however the chunks were cut', () => {
    const seen: string[] = []
    const tail = new Tail(3, (line) => seen.push(line))
    for (const chunk of ['on', 'e\ntw', 'o\r\nthree\nfo', 'ur\nfive']) tail.push(chunk)
    expect(seen).toEqual(['one', 'two', 'three', 'four'])
    expect(tail.text()).toBe('three\nfour\nfive')
  })

  it('are empty for a process that said nothing', () => {
    expect(new Tail(3).text()).toBe('')
  })
})
