import { describe, expect, it } from 'vitest'
import { RunState } from '@shared/contract'
import { runActions } from '../../src/renderer/src/run-actions'

describe('what may be done to a run', () => {
  it('never offers pause and resume at once, nor to delete a run that is at work', () => {
    for (const state of RunState.options) {
      const actions = runActions({ state, trashed: false })
      expect(actions.pause && actions.resume).toBe(false)
      expect(actions.trash).toBe(!actions.stop)
    }
  })

  it('resumes what was interrupted, but nothing from the trash', () => {
    expect(runActions({ state: 'interrupted', trashed: false }).resume).toBe(true)
    expect(runActions({ state: 'interrupted', trashed: true }).resume).toBe(false)
    expect(runActions({ state: 'finished', trashed: false }).resume).toBe(false)
  })
})
