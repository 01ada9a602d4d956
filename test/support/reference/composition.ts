/**
 * The composition data set written a second time from its description (Wang et al. 2024, section 3, and the order
 * of draws that src/main/datasets/composition.ts documents): facts and two-hop facts as plain objects.
 */
import type { CompositionConfig } from '@shared/config'
import { probesOf } from './comparison'
import { answered, hashRows, padded, range, type Row } from './rows'
import { Sfc32 } from './sfc32'

interface Atomic {
  head: number
  relation: number
  tail: number
  ood: boolean
}

interface TwoHop {
  first: Atomic
  second: Atomic
}

export interface ReferenceComposition {
  vocabulary: string[]
  train: Row[]
  splits: Record<string, Row[]>
  hash: string
  sizes: { train: number; iid: number; ood: number; mixed: number }
}

export function referenceComposition(
  config: CompositionConfig,
  seed: number
): ReferenceComposition {
  const knowledge = new Sfc32(seed, 'knowledge')
  const atomics: Atomic[] = range(config.entities).flatMap((head) =>
    knowledge
      .sample(config.relations, config.degree)
      .map((relation) => ({ head, relation, tail: knowledge.below(config.entities), ood: false }))
  )
  const split = new Sfc32(seed, 'split')
  for (const i of split.sample(atomics.length, Math.round(config.oodShare * atomics.length))) {
    atomics[i]!.ood = true
  }
  const trainPool: TwoHop[] = []
  const iidPool: TwoHop[] = []
  const oodPool: TwoHop[] = []
  let mixed = 0
  for (const first of atomics) {
    for (const second of atomics.filter(({ head }) => head === first.tail)) {
      if (first.ood && second.ood) oodPool.push({ first, second })
      else if (first.ood || second.ood) mixed++
      else if (split.next() / 2 ** 32 < config.testShare) iidPool.push({ first, second })
      else trainPool.push({ first, second })
    }
  }
  const id = atomics.filter(({ ood }) => !ood)
  const ood = atomics.filter(({ ood }) => ood)
  const wanted = Math.round(config.phi * id.length)
  const inferred =
    wanted > trainPool.length
      ? []
      : new Sfc32(seed, 'train').sample(trainPool.length, wanted).map((i) => trainPool[i]!)

  const end = config.endTarget ? '</a>' : undefined
  const T = config.endTarget ? 4 : 3
  const atomic = ({ head, relation, tail }: Atomic): Row =>
    padded(answered([`<e_${head}>`, `<r_${relation}>`], `<e_${tail}>`, end), T)
  const twoHop = ({ first, second }: TwoHop): Row =>
    answered(
      [`<e_${first.head}>`, `<r_${first.relation}>`, `<r_${second.relation}>`],
      `<e_${second.tail}>`,
      end
    )
  const some = <T>(name: string, pool: readonly T[]): T[] =>
    probesOf(name, pool, config.probes, seed)
  const train = [...id.map(atomic), ...ood.map(atomic), ...inferred.map(twoHop)]
  const splits = {
    train_inferred: some('train_inferred', inferred).map(twoHop),
    test_inferred_iid: some('test_inferred_iid', iidPool).map(twoHop),
    test_inferred_ood: some('test_inferred_ood', oodPool).map(twoHop),
    id_atomic: some('id_atomic', id).map(atomic),
    ood_atomic: some('ood_atomic', ood).map(atomic)
  }
  const vocabulary = [
    ...range(config.entities).map((e) => `<e_${e}>`),
    ...range(config.relations).map((r) => `<r_${r}>`),
    ...['<mask>', '<sep>', '<a>', '</a>', '<q>', '</q>', '<pad>']
  ]
  const sizes = { train: trainPool.length, iid: iidPool.length, ood: oodPool.length, mixed }
  const hash = hashRows('composition', vocabulary, train, splits)
  return { vocabulary, train, splits, hash, sizes }
}
