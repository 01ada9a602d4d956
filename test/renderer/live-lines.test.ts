import { describe, expect, it } from 'vitest'
import { appendRows } from '../../src/renderer/src/charts/live-lines'

const lines = {
  loss: { points: [[0, 7] as const, [10, 3] as const], total: 5 },
  accuracy: { points: [[0, 0] as const], total: 1 }
}

describe('live lines', () => {
  it('take new rows at their ends, each metric for itself', () => {
    const next = appendRows(
      lines,
      [
        { step: 20, values: { loss: 2 } },
        { step: 30, values: { loss: null, accuracy: 0.5, other: 1 } }
      ],
      null
    )
    expect(next['loss']).toEqual({
      points: [
        [0, 7],
        [10, 3],
        [20, 2],
        [30, null]
      ],
      total: 7
    })
    expect(next['accuracy']).toEqual({
      points: [
        [0, 0],
        [30, 0.5]
      ],
      total: 2
    })
    expect(Object.keys(next)).toEqual(['loss', 'accuracy'])
  })

  it('forget what a run that went back to a checkpoint recorded after it', () => {
    const next = appendRows(lines, [{ step: 5, values: { loss: 4 } }], null)
    expect(next['loss']).toEqual({
      points: [
        [0, 7],
        [5, 4]
      ],
      total: 5
    })
  })

  it('count a row once, however often it is told', () => {
    const row = { step: 20, values: { loss: 2 } }
    expect(appendRows(appendRows(lines, [row], null), [row], null)['loss']?.total).toBe(6)
  })

  it('stay within the range in sight', () => {
    expect(appendRows(lines, [{ step: 20, values: { loss: 2 } }], [0, 15])).toEqual(lines)
  })

  it('never change what a chart is still drawing', () => {
    appendRows(lines, [{ step: 20, values: { loss: 2 } }], null)
    expect(lines.loss.points).toHaveLength(2)
  })
})
