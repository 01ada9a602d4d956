import { UserError } from '@shared/errors'
import { connect, serve, type Handlers, type Port } from '@shared/rpc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { memoryPair } from '../../src/main/ports'

const requests = {
  double: { input: z.object({ n: z.number() }), output: z.object({ n: z.number() }) },
  refuse: { input: z.object({ value: z.string() }), output: z.object({}) },
  crash: { input: z.object({}), output: z.object({}) },
  never: { input: z.object({}), output: z.object({}) }
}
const events = { tick: z.object({ at: z.number() }) }

const handlers: Handlers<typeof requests> = {
  double: async ({ n }) => ({ n: 2 * n }),
  refuse: ({ value }) => {
    throw new UserError('value.bad', `"${value}" is bad.`, 'Say another.', [
      { path: 'value', message: 'is bad', nearest: 'good' }
    ])
  },
  crash: () => {
    throw new TypeError('x is undefined')
  },
  never: () => new Promise(() => undefined)
}

function open(): {
  client: ReturnType<typeof connect<typeof requests, typeof events>>
  ours: Port
  theirs: Port
  bugs: [string, unknown][]
} {
  const [ours, theirs] = memoryPair()
  const bugs: [string, unknown][] = []
  serve(theirs, requests, handlers, (method, error) => bugs.push([method, error]))
  return { client: connect(ours, requests, events), ours, theirs, bugs }
}

describe('requests', () => {
  it('are answered each to its own caller, in whatever order', async () => {
    const { client } = open()
    const answers = await Promise.all([1, 2, 3].map((n) => client.request.double({ n })))
    expect(answers).toEqual([{ n: 2 }, { n: 4 }, { n: 6 }])
  })

  it('that are refused carry code, message, hint and issues across', async () => {
    const { client, bugs } = open()
    const error = await client.request.refuse({ value: 'x' }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({
      code: 'value.bad',
      message: '"x" is bad.',
      hint: 'Say another.',
      issues: [{ path: 'value', message: 'is bad', nearest: 'good' }]
    })
    expect(bugs).toEqual([])
  })

  it('that hit a bug are told so, and the stack stays here', async () => {
    const { client, bugs } = open()
    const error = await client.request.crash({}).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'internal', message: 'x is undefined' })
    expect(bugs).toEqual([['crash', expect.any(TypeError)]])
    expect(JSON.stringify(error)).not.toContain('rpc.test')
  })

  it('of a wrong form or name are refused before any handler sees them', async () => {
    const { client, ours } = open()
    await expect(client.request.double({ n: 'two' as never })).rejects.toMatchObject({
      code: 'rpc.invalid',
      message: expect.stringContaining('double: n:')
    })
    const answers: unknown[] = []
    ours.onMessage((message) => answers.push(message))
    for (const method of ['nothing', 'toString', '__proto__'])
      ours.post({ id: 7, method, input: {} })
    // Answers come in order: this one is last.
    await client.request.double({ n: 1 })
    expect(answers.slice(0, 3)).toMatchObject(
      Array(3).fill({ id: 7, error: { code: 'rpc.unknown' } })
    )
  })

  it('survive any junk on the line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (junk) => {
        const { client, ours, theirs } = open()
        for (const message of junk) {
          ours.post(message)
          theirs.post(message)
        }
        expect(await client.request.double({ n: 21 })).toEqual({ n: 42 })
      }),
      { numRuns: 50 }
    )
  })

  it('that wait when the line is lost are rejected, later ones at once', async () => {
    const { client, theirs } = open()
    const waiting = client.request.never({})
    theirs.close()
    await expect(waiting).rejects.toMatchObject({ code: 'rpc.closed' })
    await client.closed
    await expect(client.request.double({ n: 1 })).rejects.toMatchObject({ code: 'rpc.closed' })
  })
})

describe('events', () => {
  it('reach their listeners until they are taken off; unknown ones are ignored', async () => {
    const { client, theirs } = open()
    const heard: number[] = []
    const off = client.on('tick', ({ at }) => heard.push(at))
    theirs.post({ event: 'tick', payload: { at: 1 } })
    theirs.post({ event: 'tock', payload: { at: 2 } })
    await client.request.double({ n: 1 })
    off()
    theirs.post({ event: 'tick', payload: { at: 3 } })
    await client.request.double({ n: 1 })
    expect(heard).toEqual([1])
  })
})
