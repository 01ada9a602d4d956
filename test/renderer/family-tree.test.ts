import { describe, expect, it } from 'vitest'
import { familyTree } from '../../src/renderer/src/family-tree'

const run = (id: string, parent: string | null = null, step = 1, createdAt = 0) => ({
  ...{ id, createdAt },
  parent: parent === null ? null : { run: parent, step, moments: 'kept' as const }
})
const rows = (id: string, all: ReturnType<typeof run>[]): string[] =>
  familyTree(
    all.find((one) => one.id === id)!,
    all
  ).map(({ id, depth, member }) => `${'-'.repeat(depth)}${id}${member ? '' : ' (gone)'}`)

describe('the family of a run', () => {
  const all = [
    run('root'),
    run('late', 'root', 30),
    run('early', 'root', 10),
    run('child', 'early', 20),
    run('twin', 'root', 30, 5),
    run('stranger')
  ]

  it('is the same tree for each of its members, by the step at which they left', () => {
    const tree = ['root', '-early', '--child', '-late', '-twin']
    for (const id of ['root', 'child', 'twin']) expect(rows(id, all)).toEqual(tree)
    expect(rows('stranger', all)).toEqual(['stranger'])
  })

  it('keeps the place of a run that is gone, and ends where a library goes in circles', () => {
    expect(rows('b', [run('a', 'lost'), run('b', 'lost', 2)])).toEqual(['lost (gone)', '-a', '-b'])
    expect(rows('a', [run('a', 'b'), run('b', 'a')]).length).toBe(2)
  })
})
