/** The family of a run: all that hangs together by forks, as rows of an indented tree. */
import type { RunRow } from '@shared/contract'
import type { ForkOrigin } from '@shared/fork'

type Member = Pick<RunRow, 'id' | 'parent' | 'createdAt'>

export interface FamilyRow<Run extends Member> {
  id: string
  depth: number
  /** Null: it was forked, and is gone from the library since. */
  member: Run | null
  /** Where it left its parent; null at the root. */
  origin: ForkOrigin | null
}

/** From the oldest ancestor down, siblings by the step that they left at, then by age. One row: it has no family. */
export function familyTree<Run extends Member>(run: Run, all: readonly Run[]): FamilyRow<Run>[] {
  const byId = new Map(all.map((one) => [one.id, one]))
  byId.set(run.id, run)
  let root = run.id
  // A library put together by hand may hold a circle.
  for (const seen = new Set<string>(); !seen.has(root);) {
    seen.add(root)
    root = byId.get(root)?.parent?.run ?? root
  }
  const children = new Map<string, Run[]>()
  for (const one of byId.values()) {
    if (one.parent) children.set(one.parent.run, [...(children.get(one.parent.run) ?? []), one])
  }
  const rows: FamilyRow<Run>[] = []
  const listed = new Set<string>()
  const walk = (id: string, depth: number): void => {
    if (listed.has(id)) return
    listed.add(id)
    const member = byId.get(id) ?? null
    rows.push({ id, depth, member, origin: depth === 0 ? null : (member?.parent ?? null) })
    const own = [...(children.get(id) ?? [])].sort(
      (a, b) => a.parent!.step - b.parent!.step || a.createdAt - b.createdAt
    )
    for (const child of own) walk(child.id, depth + 1)
  }
  walk(root, 0)
  return rows
}
