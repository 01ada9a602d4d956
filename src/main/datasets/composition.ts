/**
 * The composition task of Wang, Yue, Su and Sun 2024 (arXiv 2405.15071, section 3; reference code
 * GrokkedTransformer, `composition.ipynb`). Facts (head, relation, tail) form a random graph in which every entity
 * is the head of `degree` different relations; a two-hop fact follows two of them. A share of the atomic facts is
 * OOD: seen in training by themselves, never as a hop of a trained two-hop fact. Two-hop facts of one ID and one
 * OOD hop are never used.
 *
 *     atomic    h r       [t]     t at position 1 [, </a> at 2]
 *     two-hop   h r1 r2   [t]     t at position 2 [, </a> at 3]
 *
 * Atomic facts are numbered by head, then relation; the two-hop fact number f x degree + k goes from fact f to the
 * k-th fact of f's tail. The order of draws:
 * - `knowledge`: head by head, its relations, `sample(relations, degree)`, then their tails, `int(entities)` each.
 * - `split`: the OOD facts, `sample(atomic, oodAtomic)`; then one word per two-hop fact of two ID hops.
 * - `train`: `sample` of the training two-hop facts among those of ID hops that are not held out.
 * - `probes/SPLIT`: a `sample` of that split's facts; all of them where there are fewer than `probes`.
 */
import { nearestPhi } from '@shared/comparison-counts'
import { compositionCounts } from '@shared/composition-counts'
import type { CompositionConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { refusal } from './comparison-facts'
import { contentHash, emptyExamples } from './dataset'
import type { Dataset, DatasetShape, Examples, Vocabulary } from './dataset'

const specials = ['<mask>', '<sep>', '<a>', '</a>', '<q>', '</q>'] as const

/** Token ids by meaning, and the sizes of a row. Ids run entities, relations, specials, pad. */
export interface CompositionRows {
  contextLength: number
  answers: number
  vocabularySize: number
  relation(r: number): number
  end: number
  pad: number
}

export function compositionRows({
  entities,
  relations,
  endTarget
}: CompositionConfig): CompositionRows {
  const pad = entities + relations + specials.length
  return {
    contextLength: endTarget ? 4 : 3,
    answers: endTarget ? 2 : 1,
    vocabularySize: pad + 1,
    relation: (r) => entities + r,
    end: entities + relations + specials.indexOf('</a>'),
    pad
  }
}

function compositionVocabulary({ entities, relations }: CompositionConfig): Vocabulary {
  const tokens = [
    ...Array.from({ length: entities }, (_, e) => `<e_${e}>`),
    ...Array.from({ length: relations }, (_, r) => `<r_${r}>`),
    ...specials,
    '<pad>'
  ]
  return { tokens, size: tokens.length }
}

/** Relation and tail of every fact, by number; the head of fact f is floor(f / degree). */
interface Graph {
  degree: number
  relation: Int32Array
  tail: Int32Array
}

/** What each two-hop fact is for, by number. */
const uses = { none: 0, train: 1, iid: 2, ood: 3 } as const

/**
 * Draws the data set of a seed.
 * @throws {UserError} `dataset.phi` where this seed leaves too few two-hop facts for the ratio asked for;
 *   `dataset.testShare` or `dataset.oodShare` where a test would hold nothing.
 */
export function buildComposition(config: CompositionConfig, seed: number): Dataset {
  const rows = compositionRows(config)
  const graph = drawGraph(config, seed)
  const { use, isOod, sizes } = splitTwoHops(config, graph, seed)
  const { trainInferred } = compositionCounts(config)
  checkPools(config, sizes)

  const idFacts = numbersWhere(isOod.length, (f) => !isOod[f])
  const oodFacts = numbersWhere(isOod.length, (f) => isOod[f] === 1)
  const wanted = createRng(seed, 'train').sample(sizes.train, trainInferred)
  const inferred = select(use, uses.train, wanted)

  const atomicRows = (facts: Int32Array): Examples => writeAtomics(rows, graph, facts)
  const twoHopRows = (facts: Int32Array): Examples => writeTwoHops(rows, graph, facts)
  const train = emptyExamples(isOod.length + inferred.length, rows.contextLength, rows.answers)
  let at = 0
  for (const part of [atomicRows(idFacts), atomicRows(oodFacts), twoHopRows(inferred)]) {
    train.tokens.set(part.tokens, at * rows.contextLength)
    train.positions.set(part.positions, at * rows.answers)
    train.labels.set(part.labels, at * rows.answers)
    at += part.count
  }

  const pools = {
    train_inferred: inferred.length,
    test_inferred_iid: sizes.iid,
    test_inferred_ood: sizes.ood,
    id_atomic: idFacts.length,
    ood_atomic: oodFacts.length
  }
  const draw = (name: keyof typeof pools): Int32Array =>
    createRng(seed, `probes/${name}`).sample(pools[name], Math.min(config.probes, pools[name]))
  const among = (numbers: Int32Array, places: Int32Array): Int32Array =>
    places.map((place) => numbers[place]!)
  const content = {
    kind: 'composition',
    vocabulary: compositionVocabulary(config),
    answerGroups: Int32Array.from({ length: rows.vocabularySize }, (_, id) =>
      id < config.entities ? 0 : -1
    ),
    contextLength: rows.contextLength,
    answers: rows.answers,
    train,
    trainParts: [
      { name: 'id_atomic', count: idFacts.length },
      { name: 'ood_atomic', count: oodFacts.length },
      { name: 'train_inferred', count: inferred.length }
    ],
    splits: {
      train_inferred: twoHopRows(among(inferred, draw('train_inferred'))),
      test_inferred_iid: twoHopRows(select(use, uses.iid, draw('test_inferred_iid'))),
      test_inferred_ood: twoHopRows(select(use, uses.ood, draw('test_inferred_ood'))),
      id_atomic: atomicRows(among(idFacts, draw('id_atomic'))),
      ood_atomic: atomicRows(among(oodFacts, draw('ood_atomic')))
    },
    pools,
    seed
  }
  return { ...content, hash: contentHash(content) }
}

/** Sizes from the settings alone. */
export function shapeOfComposition(config: CompositionConfig): DatasetShape {
  const { contextLength, answers, vocabularySize } = compositionRows(config)
  const { atomic, trainInferred } = compositionCounts(config)
  return { vocabularySize, contextLength, answers, trainExamples: atomic + trainInferred }
}

function drawGraph({ entities, relations, degree }: CompositionConfig, seed: number): Graph {
  const rng = createRng(seed, 'knowledge')
  const relation = new Int32Array(entities * degree)
  const tail = new Int32Array(entities * degree)
  for (let h = 0; h < entities; h++) {
    relation.set(rng.sample(relations, degree), h * degree)
    for (let i = 0; i < degree; i++) tail[h * degree + i] = rng.int(entities)
  }
  return { degree, relation, tail }
}

/** Number of the fact that a two-hop fact's second hop is. */
const secondHop = ({ degree, tail }: Graph, twoHop: number): number =>
  tail[Math.floor(twoHop / degree)]! * degree + (twoHop % degree)

interface PoolSizes {
  train: number
  iid: number
  ood: number
}

/** Which facts are OOD, and what each two-hop fact is for. */
function splitTwoHops(
  config: CompositionConfig,
  graph: Graph,
  seed: number
): { use: Uint8Array; isOod: Uint8Array; sizes: PoolSizes } {
  const { atomic, oodAtomic, twoHops } = compositionCounts(config)
  const rng = createRng(seed, 'split')
  const isOod = new Uint8Array(atomic)
  for (const f of rng.sample(atomic, oodAtomic)) isOod[f] = 1
  const use = new Uint8Array(twoHops)
  const sizes = { train: 0, iid: 0, ood: 0 }
  const threshold = Math.round(config.testShare * 4294967296)
  for (let n = 0; n < twoHops; n++) {
    const oodHops = isOod[Math.floor(n / graph.degree)]! + isOod[secondHop(graph, n)]!
    if (oodHops === 1) continue
    const name = oodHops === 2 ? 'ood' : rng.uint32() < threshold ? 'iid' : 'train'
    use[n] = uses[name]
    sizes[name]++
  }
  return { use, isOod, sizes }
}

/** The schema checks what the settings alone exclude; how many two-hop facts are of which kind is drawn. */
function checkPools(config: CompositionConfig, { train, iid, ood }: PoolSizes): void {
  const { phi, oodShare, testShare } = config
  const { trainInferred, idAtomic } = compositionCounts(config)
  if (ood === 0) {
    throw refusal(
      'dataset.oodShare',
      `${oodShare} leaves no two-hop fact of two OOD hops with this seed`,
      'Raise dataset.oodShare or take more entities or another seed.'
    )
  }
  if (iid === 0) {
    throw refusal(
      'dataset.testShare',
      `${testShare} held out none of the ${train} ID two-hop facts with this seed`,
      'Raise dataset.testShare or take more entities or another seed.'
    )
  }
  if (trainInferred <= train) return
  const nearest = nearestPhi(train, idAtomic)
  const problem = `${phi} needs ${trainInferred} two-hop facts in training, but this seed leaves ${train}`
  if (nearest === undefined) throw refusal('dataset.phi', problem, 'Lower dataset.testShare.')
  throw refusal(
    'dataset.phi',
    `${problem}; the nearest is ${nearest}`,
    `Set dataset.phi to ${nearest} or less, or take another seed.`,
    nearest
  )
}

const numbersWhere = (count: number, holds: (n: number) => boolean): Int32Array =>
  Int32Array.from({ length: count }, (_, n) => n).filter(holds)

/** Two-hop facts numbered `wanted` (rising) among those of one use. */
function select(use: Uint8Array, wantedUse: number, wanted: Int32Array): Int32Array {
  const selected = new Int32Array(wanted.length)
  for (let n = 0, next = 0, at = 0; at < wanted.length; n++) {
    if (use[n] === wantedUse && wanted[at] === next++) selected[at++] = n
  }
  return selected
}

function writeAtomics(
  rows: CompositionRows,
  { degree, relation, tail }: Graph,
  facts: Int32Array
): Examples {
  const into = emptyExamples(facts.length, rows.contextLength, rows.answers)
  facts.forEach((f, i) => {
    const prompt = [Math.floor(f / degree), rows.relation(relation[f]!)]
    writeRow(rows, into, i, prompt, tail[f]!)
  })
  return into
}

function writeTwoHops(rows: CompositionRows, graph: Graph, twoHops: Int32Array): Examples {
  const { degree, relation, tail } = graph
  const into = emptyExamples(twoHops.length, rows.contextLength, rows.answers)
  twoHops.forEach((n, i) => {
    const first = Math.floor(n / degree)
    const second = secondHop(graph, n)
    const head = Math.floor(first / degree)
    const prompt = [head, rows.relation(relation[first]!), rows.relation(relation[second]!)]
    writeRow(rows, into, i, prompt, tail[second]!)
  })
  return into
}

/** The answer is predicted at the prompt's last token; as input of the next position it predicts the end token. */
function writeRow(
  { contextLength: T, answers: K, end, pad }: CompositionRows,
  into: Examples,
  i: number,
  prompt: readonly number[],
  answer: number
): void {
  into.tokens.fill(pad, i * T, (i + 1) * T)
  into.tokens.set(prompt, i * T)
  into.positions[i * K] = prompt.length - 1
  into.labels[i * K] = answer
  if (K === 1) return
  into.tokens[i * T + prompt.length] = answer
  into.positions[i * K + 1] = prompt.length
  into.labels[i * K + 1] = end
}
