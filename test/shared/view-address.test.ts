import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { View, xQuantities } from '@shared/view'
import {
  usualView,
  viewDifferences,
  viewFromAddress,
  viewFromFile,
  viewToAddress,
  viewToFile
} from '@shared/view-address'

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/)
const views = fc
  .record(
    {
      query: fc.string({ maxLength: 40 }),
      shelf: fc.constantFrom('current', 'archived', 'trash'),
      picked: fc.array(id, { maxLength: 5 }),
      hidden: fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }),
      columns: fc.array(
        fc.record({ id, at: fc.constantFrom('last', 'best', 12_000) }, { requiredKeys: ['id'] })
      ),
      sort: fc.record({ column: id, descending: fc.boolean() }),
      onlyDifferences: fc.boolean(),
      baseline: fc.option(id),
      tab: fc.constantFrom('curves', 'side-by-side', 'plots'),
      curves: fc.record({
        x: fc.constantFrom(...xQuantities),
        smoothing: fc.double({ min: 0, max: 0.999, noNaN: true }),
        group: fc.option(fc.record({ centre: fc.constantFrom('mean', 'median') })),
        panels: fc.array(fc.record({ metric: fc.string({ maxLength: 20 }) }), { maxLength: 3 }),
        zoom: fc.option(fc.tuple(fc.double({ noNaN: true }), fc.integer()))
      })
    },
    { requiredKeys: [] }
  )
  // As it is once written: JSON knows no negative zero and no infinity.
  .filter((input) => View.safeParse(input).success)
  .map((input) => View.parse(JSON.parse(JSON.stringify(View.parse(input)))))

describe('a view', () => {
  it('comes back from its address and from its file', () => {
    fc.assert(
      fc.property(views, (view) => {
        expect(viewFromAddress(viewToAddress(view))).toEqual(view)
        expect(viewFromFile(viewToFile(view))).toEqual(view)
      })
    )
  })

  it('is written short: only what differs', () => {
    expect(viewToAddress(usualView)).toBe('v=1')
    expect(viewDifferences(View.parse({ curves: { x: 'epoch' } }))).toEqual({
      curves: { x: 'epoch' }
    })
    const view = View.parse({ query: 'ood > .9', picked: ['a-1', 'b'], onlyDifferences: true })
    expect(viewToAddress(view)).toBe('v=1&query=ood%20%3E%20.9&picked=a-1~b&onlyDifferences=true')
  })

  it('is none where an address names only a place', () => {
    expect(viewFromAddress('')).toBeNull()
    expect(viewFromAddress('query=x')).toBeNull()
  })

  it.each([
    ['v=2', /version/],
    ['v=1&shelf=attic', /shelf/],
    ['v=1&lipstick=red', /lipstick: no view has such a field/],
    ['v=1&curves={"smoothing":2}', /curves\.smoothing/]
  ])('is refused with its reason: %s', (address, reason) => {
    expect(() => viewFromAddress(address)).toThrow(reason)
  })

  it('is refused from a file that is none', () => {
    expect(() => viewFromFile('{')).toThrow(/not JSON/)
    expect(() => viewFromFile('[]')).toThrow(/holds no view/)
    expect(() => viewFromFile('{"curves":{"x":"miles"}}')).toThrow(/curves\.x/)
  })
})
