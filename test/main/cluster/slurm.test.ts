import { expect, it } from 'vitest'
import { batchScript } from '../../../src/main/cluster/batch-script'
import { planArrays } from '../../../src/main/cluster/batches'
import {
  parseHistory,
  parseLimits,
  parseQueue,
  parseSubmission
} from '../../../src/main/cluster/slurm'
import { parseClusterProfile } from '@shared/cluster'

it('reads squeue: our own jobs, one line per task, the reason with whatever it holds', () => {
  const text = [
    '120|3|RUNNING|node7|3:59:12|2026-01-02T10:00:00|2026-01-02T09:59:00|grokscope-abc|None',
    '120|4|PENDING||4:00:00|N/A|2026-01-02T09:59:00|grokscope-abc|Resources, or | so',
    '99|N/A|RUNNING|node1|1:00|2026-01-02T10:00:00|2026-01-02T09:00:00|somebody-else|None',
    ''
  ].join('\n')
  const jobs = parseQueue(text)
  expect(jobs.map(({ job, task, state }) => [job, task, state])).toEqual([
    ['120', 3, 'RUNNING'],
    ['120', 4, 'PENDING']
  ])
  expect(jobs[0]).toMatchObject({ node: 'node7', timeLeft: '3:59:12', reason: '' })
  expect(jobs[1]).toMatchObject({ expectedStart: '', reason: 'Resources, or | so' })
})

it('reads limits from scontrol and sacctmgr, the smaller one of each kind', () => {
  const config = 'MaxArraySize            = 1001\nMaxJobCount             = 10000\n'
  expect(parseLimits(config)).toEqual({ arraySize: 1001, submitted: 10000 })
  expect(parseLimits(`${config}|\n500|200\n`)).toEqual({ arraySize: 1001, submitted: 200 })
  expect(parseLimits('')).toEqual({ arraySize: 1001, submitted: Infinity })
})

it('reads what sbatch and sacct say', () => {
  expect(parseSubmission('4711\n')).toBe('4711')
  expect(parseSubmission('4711;hpc2\n')).toBe('4711')
  expect(() => parseSubmission('Submitted')).toThrow('names no job')
  const history = parseHistory('7_0|TIMEOUT|0:0\n7_1|FAILED|1:0\n')
  expect([...history]).toEqual([
    ['7_0', 'TIMEOUT'],
    ['7_1', 'FAILED (exit code 1:0)']
  ])
})

it('a study becomes one array, split where the cluster wants it; what does not fit waits', () => {
  const waiting = Array.from({ length: 10 }, (_, i) => ({ id: `r${i}`, step: i, study: 's' }))
  const ids = (arrays: ReturnType<typeof planArrays>): string[][][] =>
    arrays.map((tasks) => tasks.map((runs) => runs.map(({ run }) => run)))
  expect(ids(planArrays(waiting, 1, 1001, Infinity))).toHaveLength(1)
  expect(ids(planArrays(waiting, 4, 1001, Infinity))[0]!.map((runs) => runs.length)).toEqual([
    4, 4, 2
  ])
  expect(ids(planArrays(waiting, 2, 3, Infinity)).map((tasks) => tasks.length)).toEqual([3, 2])
  expect(ids(planArrays(waiting, 2, 1001, 3)).flat(2)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5'])
  expect(planArrays(waiting, 1, 1001, 0)).toEqual([])
  const mixed = [...waiting.slice(0, 2), { id: 'own', step: 0, study: null }]
  expect(ids(planArrays(mixed, 4, 1001, Infinity))).toEqual([[['r0', 'r1']], [['own']]])
  expect(planArrays(waiting, 1, 1001, 1)[0]![0]![0]).toEqual({ run: 'r0', step: 0 })
})

it('the batch script asks for what the profile says and lets the program take the place of the shell', () => {
  const profile = parseClusterProfile({
    ...{ name: 'hpc', host: 'login', timeLimit: '2:00:00', partition: 'gpu', gpus: 1, cpus: 8 },
    ...{ memoryGb: 1.5, jobsAtOnce: 5, sbatch: '--constraint=a100\n', environment: 'module load x' }
  })
  const script = batchScript(profile, { id: 'b1', tasks: 6, folder: "/w/it's", bundle: 'h' })
  const lines = script.split('\n')
  expect(lines[0]).toBe('#!/bin/sh')
  for (const option of [
    ...['--job-name=grokscope-b1', '--array=0-5%5', '--time=2:00:00', '--signal=B:USR1@120'],
    ...['--requeue', '--cpus-per-task=8', '--mem=1536M', '--gres=gpu:1', '--partition=gpu'],
    '--constraint=a100'
  ]) {
    expect(lines).toContain(`#SBATCH ${option}`)
  }
  expect(lines.indexOf('module load x')).toBeGreaterThan(lines.indexOf('#SBATCH --requeue'))
  expect(lines.at(-2)).toBe(
    `exec '/w/it'\\''s/bundles/h/bin/node' '/w/it'\\''s/bundles/h/out/main/cluster-job.js' '/w/it'\\''s' '/w/it'\\''s/batches/b1/tasks.json'`
  )
})
