import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inspectJobNames } from '@shared/inspect'
import { parseRoute, routeHash, type Route } from '../../src/renderer/src/routes'

describe('addresses', () => {
  it('lead back to the same view', () => {
    const route: fc.Arbitrary<Route> = fc.oneof(
      fc.constant<Route>({ view: 'runs' }),
      fc.constant<Route>({ view: 'machine' }),
      fc.constant<Route>({ view: 'clusters' }),
      fc.record({
        view: fc.constant('inspect' as const),
        run: fc.option(fc.string({ minLength: 1 })),
        step: fc.option(fc.nat()),
        job: fc.option(fc.constantFrom(...inspectJobNames, 'circuit' as const))
      }),
      fc.option(fc.string({ minLength: 1 })).map<Route>((from) => ({ view: 'studies', from })),
      fc.string({ minLength: 1 }).map<Route>((id) => ({ view: 'study', id })),
      fc.string({ minLength: 1 }).map<Route>((id) => ({ view: 'run', id })),
      fc.record({
        view: fc.constant('new' as const),
        preset: fc.option(fc.string({ minLength: 1 })),
        from: fc.option(fc.string({ minLength: 1 }))
      })
    )
    fc.assert(
      fc.property(route, (r) => {
        expect(parseRoute(routeHash(r))).toEqual(r)
      })
    )
  })

  it('that mean nothing lead to the runs', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/run/', '#/run/%E0%A4%A']) {
      expect(parseRoute(hash)).toEqual({ view: 'runs' })
    }
  })
})
