import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InspectInput, type InspectOrder, type InspectQueryInput } from '@shared/inspect'
import { memoryPair } from '../../../src/main/ports'
import type { StartInspector } from '../../../src/main/server/runners'
import { openServer, temporaryFolder, tinyConfig, until, type Opened } from '../../support/library'

/** An inspector that answers when told to, and can die. */
function fakeInspector() {
  const orders: { id: string; order: InspectOrder }[] = []
  const cancelled: string[] = []
  let started = 0
  let post: (message: unknown) => void = () => undefined
  let die: (error: string) => void = () => undefined
  const start: StartInspector = () => {
    started++
    const [ours, theirs] = memoryPair()
    theirs.onMessage((message) => {
      const input = InspectInput.parse(message)
      if (input.type === 'inspect') orders.push(input)
      else cancelled.push(input.id)
    })
    post = (message) => theirs.post(message)
    const exited = new Promise<{ error: string }>((resolve) => {
      die = (error) => resolve({ error })
    })
    return { port: ours, exited, kill: () => die('killed') }
  }
  return {
    start,
    orders,
    cancelled,
    started: () => started,
    die: (error: string) => die(error),
    progress: (id: string) => post({ type: 'progress', id, done: 1, total: 2 }),
    fail: (id: string, code: string) =>
      post({ type: 'failed', id, error: { code, message: 'No.', hint: '' } }),
    /** Writes the answer and says so. */
    answer({ id, order }: { id: string; order: InspectOrder }): void {
      mkdirSync(dirname(order.file), { recursive: true })
      const { query, step } = order
      const empty = { probes: null, values: { step }, arrays: {}, rows: [], notes: [] }
      const result = {
        version: 1,
        query,
        step,
        checkpoint: 'c'.repeat(64),
        against: null,
        ...empty
      }
      writeFileSync(order.file, JSON.stringify(result))
      post({ type: 'done', id })
    }
  }
}

const weights: InspectQueryInput = { job: 'weights' }
const fourier: InspectQueryInput = { job: 'fourier' }

/** A finished run with made-up checkpoints of the given steps. */
async function withRun(
  steps: readonly number[]
): Promise<Opened & { id: string; folder: string; inspector: ReturnType<typeof fakeInspector> }> {
  const library = temporaryFolder()
  const inspector = fakeInspector()
  const opened = await openServer(library, { startInspector: inspector.start })
  const { id } = await opened.request['runs.create']({ config: tinyConfig(3) })
  await opened.server.idle()
  const folder = join(library, 'runs', id)
  for (const step of steps) {
    const at = join(folder, 'checkpoints', `step-${String(step).padStart(9, '0')}`)
    mkdirSync(at, { recursive: true })
    const sha256 = String(step).padEnd(64, 'f')
    const files = { 'model.safetensors': { bytes: 10, sha256 } }
    writeFileSync(join(at, 'manifest.json'), JSON.stringify({ version: 1, step, files }))
  }
  return { ...opened, id, folder, inspector }
}

/** The n-th order, once it is there. */
const nth = (inspector: ReturnType<typeof fakeInspector>, n: number) =>
  until(() => inspector.orders[n - 1])

describe('an inspection', () => {
  it('is ordered once, told of, kept, and answered from what is kept', async () => {
    const { request, on, id, folder, inspector } = await withRun([10, 20])
    const told: unknown[] = []
    on('inspect.progress', (progress) => told.push(progress))
    const first = request['inspect.run']({ id, step: 10, query: weights, ticket: 'a' })
    const same = request['inspect.run']({ id, step: 10, query: weights, ticket: 'b' })
    const order = await nth(inspector, 1)
    expect(order.order).toMatchObject({
      folder,
      step: 10,
      query: { job: 'weights', against: null }
    })
    inspector.progress(order.id)
    await until(() => told.length === 2)
    expect(told).toContainEqual({ ticket: 'a', done: 1, total: 2 })
    inspector.answer(order)
    expect((await first).values).toEqual({ step: 10 })
    expect(await same).toEqual(await first)
    expect(await request['inspect.run']({ id, step: 10, query: weights })).toEqual(await first)
    expect(inspector.orders).toHaveLength(1)
    expect(readdirSync(join(folder, 'inspect'))).toEqual(['10ffffffffffffff'])
  })

  it('of another query, step or comparison is another', async () => {
    const { request, id, inspector } = await withRun([10, 20])
    const asked = [
      [10, weights],
      [20, weights],
      [20, { ...weights, against: 10 }],
      [20, fourier]
    ] as const
    const files = new Set<string>()
    for (const [i, [step, query]] of asked.entries()) {
      const answer = request['inspect.run']({ id, step, query })
      const order = await nth(inspector, i + 1)
      files.add(order.order.file)
      inspector.answer(order)
      await answer
    }
    expect(files.size).toBe(4)
  })

  it('goes before what is prepared, which is worked off in its order', async () => {
    const { request, id, inspector } = await withRun([10, 20, 30, 40])
    const steps = [30, 20, 40]
    expect(await request['inspect.prepare']({ id, steps, query: weights })).toEqual({ ready: 0 })
    const wanted = request['inspect.run']({ id, step: 10, query: weights })
    for (const step of [30, 10, 20, 40]) {
      const order = await until(() => inspector.orders.find((o) => o.order.step === step))
      inspector.answer(order)
    }
    await wanted
    expect(inspector.orders.map(({ order }) => order.step)).toEqual([30, 10, 20, 40])
    await until(async () => {
      const { ready } = await request['inspect.prepare']({ id, steps, query: weights })
      return ready === 3
    })
  })

  it('that nobody waits for any more is called off', async () => {
    const { request, id, inspector } = await withRun([10, 20])
    const first = request['inspect.run']({ id, step: 10, query: weights, ticket: 'one' })
    const waiting = request['inspect.run']({ id, step: 20, query: weights, ticket: 'two' })
    waiting.catch(() => undefined)
    const order = await nth(inspector, 1)
    await request['inspect.cancel']({ ticket: 'two' })
    await expect(waiting).rejects.toMatchObject({ code: 'inspect.cancelled' })
    first.catch(() => undefined)
    await request['inspect.cancel']({ ticket: 'one' })
    await expect(first).rejects.toMatchObject({ code: 'inspect.cancelled' })
    await until(() => inspector.cancelled.length > 0)
    expect(inspector.cancelled).toEqual([order.id])
    inspector.fail(order.id, 'inspect.cancelled')
    const next = request['inspect.run']({ id, step: 20, query: fourier })
    inspector.answer(await nth(inspector, 2))
    expect((await next).step).toBe(20)
  })

  it('passes on what a job refuses, and survives the end of its process', async () => {
    const { request, id, inspector, log } = await withRun([10])
    const refused = request['inspect.run']({ id, step: 10, query: fourier })
    inspector.fail((await nth(inspector, 1)).id, 'inspect.fourier')
    await expect(refused).rejects.toMatchObject({ code: 'inspect.fourier' })

    const lost = request['inspect.run']({ id, step: 10, query: weights })
    await nth(inspector, 2)
    inspector.die('out of memory')
    await expect(lost).rejects.toMatchObject({ code: 'inspect.ended' })
    expect(log.join()).toMatch(/out of memory/)

    const again = request['inspect.run']({ id, step: 10, query: weights })
    inspector.answer(await nth(inspector, 3))
    expect((await again).step).toBe(10)
    expect(inspector.started()).toBe(2)
  })

  it('of a step without a checkpoint says which there are', async () => {
    const { request, id } = await withRun([10, 20])
    await expect(request['inspect.run']({ id, step: 15, query: weights })).rejects.toMatchObject({
      code: 'checkpoint.missing',
      hint: expect.stringContaining('10, 20')
    })
  })

  it('does not trust a kept answer that is cut short', async () => {
    const { request, id, inspector } = await withRun([10])
    const first = request['inspect.run']({ id, step: 10, query: weights })
    const order = await nth(inspector, 1)
    inspector.answer(order)
    await first
    writeFileSync(order.order.file, '{"version":1,')
    const second = request['inspect.run']({ id, step: 10, query: weights })
    inspector.answer(await nth(inspector, 2))
    await second
    expect(() => JSON.parse(readFileSync(order.order.file, 'utf8'))).not.toThrow()
  })
})

describe('checkpoints of a run', () => {
  it('are listed with their size, and removed with what was found in them', async () => {
    const { request, id, folder, inspector } = await withRun([10, 20])
    const marker = join(folder, 'checkpoints/step-000000020/kept.txt')
    writeFileSync(marker, 'accuracy moved.\n')
    const rows = await request['inspect.checkpoints']({ id })
    expect(rows.map(({ step, bytes, kept }) => [step, bytes, kept])).toEqual([
      [10, 10, null],
      [20, 10, 'accuracy moved.']
    ])
    const answer = request['inspect.run']({ id, step: 10, query: weights })
    inspector.answer(await nth(inspector, 1))
    await answer
    await expect(request['checkpoints.remove']({ id, steps: [10, 11] })).rejects.toMatchObject({
      code: 'checkpoint.missing'
    })
    expect(await request['inspect.checkpoints']({ id })).toHaveLength(2)
    expect(await request['checkpoints.remove']({ id, steps: [10] })).toEqual({
      removed: 1,
      bytes: 10
    })
    expect((await request['inspect.checkpoints']({ id })).map(({ step }) => step)).toEqual([20])
    expect(existsSync(join(folder, 'checkpoints/step-000000010'))).toBe(false)
  })

  it('answers among two hundred are found without reading their manifests again', async () => {
    const steps = Array.from({ length: 200 }, (_, i) => 10 * (i + 1))
    const { request, id, folder, inspector } = await withRun(steps)
    const answer = request['inspect.run']({ id, step: 1000, query: weights })
    inspector.answer(await nth(inspector, 1))
    await answer
    // Were it read again, it would not be found any more.
    writeFileSync(join(folder, 'checkpoints/step-000001000/manifest.json'), 'not read')
    expect((await request['inspect.run']({ id, step: 1000, query: weights })).step).toBe(1000)
  })
})
