import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainerEvent } from '@shared/events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEventLines } from '../../../src/main/server/event-lines'
import { temporaryFolder } from '../../support/library'

const event = (seq: number, note = ''): TrainerEvent => ({
  ...{ seq, at: seq, type: 'ended', step: seq, outcome: 'failed', error: `Fehler ü ${note}` }
})
const line = (seq: number, note = ''): string => JSON.stringify(event(seq, note)) + '\n'

describe('reading events.jsonl', () => {
  it('finds every event once, however the writing is cut', () => {
    const folder = temporaryFolder()
    let n = 0
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(200), { maxLength: 30 }),
        (notes, cuts) => {
          const file = join(folder, `${n++}.jsonl`)
          const expected = notes.map((note, i) => event(i + 1, note))
          let rest = Buffer.from(notes.map((note, i) => line(i + 1, note)).join(''))
          const found: TrainerEvent[] = []
          let at = 0
          for (const cut of [...cuts, rest.length]) {
            // A cut may fall within a line, even within a character.
            appendFileSync(file, rest.subarray(0, cut))
            rest = rest.subarray(cut)
            const read = readEventLines(file, at)
            expect(read.bytes).toBeGreaterThanOrEqual(at)
            found.push(...read.events)
            at = read.bytes
          }
          expect(found).toEqual(expected)
        }
      )
    )
  })

  it('waits for a torn last line, and passes over whole lines that are no events', () => {
    const file = join(temporaryFolder(), 'events.jsonl')
    const rubbish = ['rubbish', '{"seq":0}', '', '[1]']
    writeFileSync(file, line(1) + rubbish.join('\n') + '\n' + line(2) + line(3).slice(0, -5))
    const read = readEventLines(file, 0)
    expect(read.events.map((e) => e.seq)).toEqual([1, 2])
    expect(read.refused).toEqual([
      { at: line(1).length + 1, text: 'rubbish' },
      { at: line(1).length + 9, text: '{"seq":0}' },
      { at: line(1).length + 20, text: '[1]' }
    ])
    // The trainer that goes on cuts the torn line off and writes its own.
    truncateSync(file, read.bytes)
    appendFileSync(file, line(3, 'anew'))
    expect(readEventLines(file, read.bytes).events).toEqual([event(3, 'anew')])
  })

  it('starts over when the file is another one than before', () => {
    const file = join(temporaryFolder(), 'events.jsonl')
    writeFileSync(file, line(1) + line(2))
    expect(readEventLines(file, 100_000).events.map((e) => e.seq)).toEqual([1, 2])
    expect(readEventLines(file, 10).events.map((e) => e.seq)).toEqual([1, 2])
  })

  it('reads a long file in chunks, and a line longer than a chunk at once', () => {
    const file = join(temporaryFolder(), 'events.jsonl')
    writeFileSync(file, line(1) + line(2, 'x'.repeat(9 * 2 ** 20)) + line(3))
    const seqs: number[] = []
    let at = 0
    for (;;) {
      const { events, bytes, more } = readEventLines(file, at)
      seqs.push(...events.map((e) => e.seq))
      at = bytes
      if (!more) break
    }
    expect(seqs).toEqual([1, 2, 3])
  })

  it('finds nothing where there is no file yet', () => {
    const file = join(temporaryFolder(), 'events.jsonl')
    expect(readEventLines(file, 0)).toEqual({ events: [], bytes: 0, refused: [], more: false })
  })
})
