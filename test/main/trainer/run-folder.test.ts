import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { describeProcess } from '../../../src/main/processes'
import { openRunFolder } from '../../../src/main/trainer/run-folder'

let folder: string
const file = (): string => path.join(folder, 'events.jsonl')
const paused = (step: number) => ({ type: 'paused', step }) as const

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-folder-'))
})

describe('openRunFolder', () => {
  it('numbers lines from 1 and goes on after reopening', () => {
    const first = openRunFolder(folder, () => 5)
    expect(first.append(paused(0))).toEqual({ seq: 1, at: 5, type: 'paused', step: 0 })
    first.append(paused(1))
    first.close()
    const second = openRunFolder(folder, () => 6)
    expect(second.append(paused(2)).seq).toBe(3)
    second.close()
    const lines = fs.readFileSync(file(), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual([1, 2, 3])
  })

  it('has a line on the disk before append returns', () => {
    const open = openRunFolder(folder, () => 1)
    open.append(paused(3))
    expect(fs.readFileSync(file(), 'utf8')).toBe('{"seq":1,"at":1,"type":"paused","step":3}\n')
    open.close()
  })

  it('cuts a torn last line and nothing else', () => {
    const whole = '{"seq":1,"at":1,"type":"paused","step":0}\nnot an event\n'
    fs.writeFileSync(file(), whole + '{"seq":2,"at":1,"ty')
    const open = openRunFolder(folder, () => 9)
    expect(open.append(paused(4)).seq).toBe(2)
    open.close()
    expect(fs.readFileSync(file(), 'utf8')).toBe(
      whole + '{"seq":2,"at":9,"type":"paused","step":4}\n'
    )
  })

  it('names its process while it is open', () => {
    const open = openRunFolder(folder, () => 1)
    const named: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'trainer.json'), 'utf8'))
    expect(named).toEqual(describeProcess(process.pid))
    expect(named).toMatchObject({ pid: process.pid })
    open.close()
    expect(fs.existsSync(path.join(folder, 'trainer.json'))).toBe(false)
  })
})
