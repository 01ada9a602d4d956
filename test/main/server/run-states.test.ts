import { RunState } from '@shared/contract'
import { describe, expect, it } from 'vitest'
import { newRun } from '../../../src/main/server/ingest'
import { applyEvent, decide, type Decision } from '../../../src/main/server/run-states'

describe('decisions about a run', () => {
  it('are allowed from these states and no others', () => {
    const allowed = RunState.options.flatMap((state) =>
      (['claim', 'cancel', 'lose', 'requeue'] as Decision[]).flatMap((decision) => {
        const next = decide(state, decision)
        return next ? [`${state} ${decision} ${next}`] : []
      })
    )
    expect(allowed).toEqual([
      'queued claim starting',
      'queued cancel stopped',
      'starting lose interrupted',
      'running lose interrupted',
      'paused lose interrupted',
      'stopped requeue queued',
      'interrupted requeue queued',
      'failed requeue queued'
    ])
  })
})

describe('what the trainer recorded', () => {
  const run = newRun({
    ...{
      version: 1,
      id: 'a',
      name: 'a',
      createdAt: 1,
      preset: null,
      study: null,
      origin: null,
      configHash: '',
      engine: 'cpu'
    },
    config: { budget: { steps: 50 } }
  })

  it('makes a run of an order', () => {
    expect(run).toMatchObject({ state: 'queued', steps: 50, step: 0, startedAt: null })
  })

  it('wins over any state, and an end has its time and cause', () => {
    for (const state of RunState.options) {
      const ended = { seq: 9, at: 90, type: 'ended', step: 30, outcome: 'failed' } as const
      expect(applyEvent({ ...run, state }, { ...ended, error: 'why' })).toMatchObject({
        ...{ state: 'failed', error: 'why', endedAt: 90, step: 30 }
      })
      const paused = applyEvent({ ...run, state }, { seq: 1, at: 1, type: 'paused', step: 3 })
      expect(paused.state).toBe('paused')
    }
  })

  it('of a second stretch keeps the first start and takes back the end', () => {
    const started = applyEvent(
      { ...run, state: 'starting', startedAt: 5, endedAt: 8, error: 'old', step: 40 },
      {
        ...{ seq: 2, at: 10, type: 'started', step: 20, steps: 60, stepsPerEpoch: 3 },
        ...{ parameterCount: 1, datasetHash: 'x', resumedFrom: 20 },
        engine: { name: 'cpu', version: '1', detail: '' }
      }
    )
    // An event of before costs were counted.
    expect(started.cost).toBeNull()
    expect(started).toMatchObject({
      ...{ state: 'running', startedAt: 5, endedAt: null, error: null, step: 20, steps: 60 }
    })
  })
})
