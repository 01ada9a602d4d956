import { describe, expect, it } from 'vitest'
import { View } from '@shared/view'

describe('View', () => {
  it('is whole from nothing, and survives being written down', () => {
    const view = View.parse({})
    expect(view.curves).toMatchObject({ x: 'step', xScale: 'log', smoothing: 0, group: null })
    expect(View.parse(JSON.parse(JSON.stringify(view)))).toEqual(view)
  })

  it('refuses what it does not know, so that a misspelled setting is no silent default', () => {
    expect(View.safeParse({ curves: { xscale: 'log' } }).success).toBe(false)
    expect(View.safeParse({ curves: { smoothing: 1 } }).success).toBe(false)
  })
})
