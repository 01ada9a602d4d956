import { describe, expect, it } from 'vitest'
import { formatBytes, formatSeconds, progressOn } from '../../src/setup/progress.mjs'

describe('progress', () => {
  it('rewrites its line on a terminal', () => {
    const text: string[] = []
    const stream = { write: (part: string) => text.push(part), isTTY: true, columns: 30 }
    const progress = progressOn(stream, () => 0)
    progress.update('engine', '10 of 274 MB')
    progress.update('engine', 'x'.repeat(100))
    progress.say('engine', 'installed')
    expect(text[0]).toBe('\r\x1b[Kengine    10 of 274 MB')
    expect(text[1]?.replace('\r\x1b[K', '')).toHaveLength(29)
    expect(text[2]).toBe('\r\x1b[Kengine    installed\n')
  })

  it('writes a plain line every ten seconds anywhere else', () => {
    const text: string[] = []
    let nowMs = 0
    const progress = progressOn({ write: (part) => text.push(part) }, () => nowMs)
    progress.say('engine', 'fetching')
    for (const seconds of [1, 5, 10, 12, 19, 21]) {
      nowMs = seconds * 1000
      progress.update('engine', `at ${seconds}`)
    }
    expect(text).toEqual(['engine    fetching\n', 'engine    at 10\n', 'engine    at 21\n'])
  })

  it('writes quantities as people do', () => {
    expect([999, 273_829_956, 1_129_361_837].map(formatBytes)).toEqual([
      '1 kB',
      '274 MB',
      '1.13 GB'
    ])
    expect([830, 12_400].map(formatSeconds)).toEqual(['0.8 s', '12 s'])
  })
})
