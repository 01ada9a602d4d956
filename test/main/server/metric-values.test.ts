import { describe, expect, it } from 'vitest'
import { metricOf } from '@shared/metric-roles'
import type { RunRow } from '@shared/contract'
import { makeLibrary } from '../../../src/main/fixtures/make'
import { openServer, recordedEvents, temporaryFolder } from '../../support/library'

const options = { runs: 30, seed: 5, long: 0, points: 0, longest: 0 }

describe('values of metrics for many runs', () => {
  it('are those that stand in the folders', async () => {
    const library = temporaryFolder()
    await makeLibrary(library, options, () => {})
    const { request } = await openServer(library, { startTrainer: null })
    const runs = (await request['runs.list']({})).filter(({ trashed }) => !trashed)
    const name = 'accuracy/@ood'
    const curve = (run: RunRow, metric: string): [number, number | null][] =>
      recordedEvents(library, run.id).flatMap((event): [number, number | null][] => {
        const value = event.type === 'metrics' ? event.values[metric] : undefined
        return event.type === 'metrics' && value !== undefined ? [[event.step, value]] : []
      })
    const curves = runs.map((run) => curve(run, metricOf(run, name)!))
    const norms = runs.map((run) => curve(run, 'loss/' + metricOf(run, name)!.split('/')[1]))

    const at = 6789
    const [last, best, least, there, event] = await request['metrics.values']({
      ids: runs.map(({ id }) => id),
      columns: [
        { name, at: 'last' },
        { name, at: 'best' },
        { name: 'loss/@ood', at: 'best' },
        { name, at },
        { name, at: 'memorisation' }
      ]
    })
    expect(last!.values).toEqual(curves.map((points) => points.at(-1)?.[1] ?? null))
    expect(best!.values).toEqual(curves.map((points) => Math.max(...points.map(([, v]) => v!))))
    expect(least!.values).toEqual(norms.map((points) => Math.min(...points.map(([, v]) => v!))))
    expect(there!.values).toEqual(
      curves.map((points) =>
        points.at(-1)![0] < at ? null : points.findLast(([step]) => step <= at)![1]
      )
    )
    expect(there!.values).toContain(null)
    expect(event!.values).toEqual(
      runs.map(({ milestones }, i) => {
        const crossing = milestones?.memorisation
        return crossing?.state === 'reached'
          ? curves[i]!.find(([step]) => step === crossing.step)![1]
          : null
      })
    )
  })

  it('are none for runs and metrics that are not there', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: null })
    const answer = await request['metrics.values']({
      ids: ['nobody'],
      columns: [{ name: 'accuracy/@ood', at: 'best' }]
    })
    expect(answer).toEqual([{ values: [null] }])
  })
})

describe('labels and colours', () => {
  it('stand in the folder: a history rebuilt from it has them', async () => {
    const library = temporaryFolder()
    const plan = await makeLibrary(library, { ...options, runs: 10 }, () => {})
    const run = plan.find(({ trashed, archived }) => !trashed && !archived)!
    const { request } = await openServer(library, { startTrainer: null })
    const row = await request['runs.update']({ id: run.id, tags: ['depth', 'depth'], note: 'odd' })
    expect(row).toMatchObject({ tags: ['depth'], note: 'odd', name: run.name })
    const { openFolders } = await import('../../../src/main/server/folders')
    expect(openFolders(library).read(run.id, 'runs')).toMatchObject({
      tags: ['depth'],
      note: 'odd'
    })

    // Five seeds of a config share a colour, other configs have others, counted from the first.
    const colors = new Map<string, Set<number>>()
    for (const { seedless, color } of await request['runs.list']({})) {
      colors.set(seedless, (colors.get(seedless) ?? new Set()).add(color))
    }
    expect([...colors.values()].map((of) => of.size)).toEqual([1, 1])
    expect(new Set([...colors.values()].flatMap((of) => [...of]))).toEqual(new Set([0, 1]))
    // Each run of a config has a shade of its own.
    const looks = (await request['runs.list']({})).map(({ color, shade }) => `${color} ${shade}`)
    expect(looks.sort()).toEqual([0, 1].flatMap((c) => [0, 1, 2, 3, 4].map((s) => `${c} ${s}`)))
  })

  it('refuse a tag with a comma', async () => {
    const { request } = await openServer(temporaryFolder(), { startTrainer: null })
    const update = request['runs.update']({ id: 'x', tags: ['a, b'] })
    await expect(update).rejects.toMatchObject({ code: 'rpc.invalid' })
  })
})
