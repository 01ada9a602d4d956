import { expect, it } from 'vitest'
import type { ExitRecord } from '../../../src/main/cluster/protocol'
import { judge, type Situation } from '../../../src/main/cluster/verdict'

const situation = (over: Partial<Situation>): Situation => ({
  ...{ state: 'running', step: 50, submittedAt: 0, job: { state: 'RUNNING' }, absent: 0 },
  ...{ exit: null, whole: false, accounting: '', stderr: '' },
  ...over
})
const left = (how: ExitRecord['how'], outcome: ExitRecord['outcome'] = null): ExitRecord => ({
  ...{ job: '1', task: 0, at: 0, error: '' },
  ...{ how, outcome }
})
const gone = { job: undefined, absent: 2 }

it('a run whose job goes on is left alone', () => {
  expect(judge(situation({}))).toEqual({ is: 'same' })
  expect(judge(situation({ state: 'paused' }))).toEqual({ is: 'same' })
})

it('a job that begins, or is queued again, shows in the state of its run', () => {
  expect(judge(situation({ state: 'queued' }))).toEqual({ is: 'starting' })
  expect(judge(situation({ state: 'queued', job: { state: 'PENDING' } }))).toEqual({ is: 'same' })
  expect(judge(situation({ state: 'interrupted', job: { state: 'PENDING' } }))).toEqual({
    is: 'queued'
  })
  expect(judge(situation({ job: { state: 'PENDING' } }))).toEqual({ is: 'queued' })
})

it('an ended run is done once every byte of it is here, not before', () => {
  const ended = { state: 'finished' as const, exit: left('ended', 'finished') }
  expect(judge(situation(ended))).toEqual({ is: 'same' })
  expect(judge(situation({ ...ended, whole: true }))).toEqual({ is: 'done' })
  // Stopped on the desk while its job waits: the job must go first.
  expect(judge(situation({ state: 'stopped', whole: true }))).toEqual({ is: 'same' })
  expect(judge(situation({ state: 'stopped', whole: true, ...gone }))).toEqual({ is: 'done' })
})

it('one look without a job proves nothing', () => {
  expect(judge(situation({ job: undefined, absent: 1 }))).toEqual({ is: 'same' })
  expect(judge(situation(gone))).toMatchObject({ is: 'lost', retry: true })
})

it('a run that made way for the time limit is submitted again, unless it got nowhere', () => {
  const cut = { ...gone, state: 'interrupted' as const, exit: left('limit', 'interrupted') }
  expect(judge(situation(cut))).toEqual({ is: 'again' })
  expect(judge(situation({ ...cut, step: 0 }))).toMatchObject({ is: 'lost', retry: false })
})

it('a trainer that died is tried again, a job that was cancelled is not', () => {
  expect(judge(situation({ exit: left('silent'), stderr: 'out of memory' }))).toEqual({
    ...{ is: 'lost', retry: true },
    error: 'The trainer ended without saying so.\nout of memory'
  })
  const cancelled = judge(situation({ ...gone, accounting: 'CANCELLED by 1000' }))
  expect(cancelled).toMatchObject({ is: 'lost', retry: false })
  expect(judge(situation({ ...gone, accounting: 'NODE_FAIL' }))).toMatchObject({ retry: true })
  expect(judge(situation({ ...gone, exit: left('terminated') }))).toMatchObject({ retry: false })
})
