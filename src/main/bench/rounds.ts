/**
 * Interleaving: every round asks each contender in turn for one block of steps, so that whatever else the machine
 * does falls on all of them alike. It does not hurt them alike, though: threads that wait for each other (OpenMP, in
 * PyTorch) lose many times what a pool of independent tasks loses. So the processor time that others took during a block
 * is measured too, and blocks are chosen by it, never by how fast they were.
 */

export interface Block {
  ms: number
  /** Processor time of all the contender's threads. */
  cpuMs: number
  /** Share of the machine's processor time that went to anybody else, 0 to 1. */
  others: number
}

export interface Timed {
  /** Runs that many steps in a row. */
  block(steps: number): Promise<Block>
}

export interface Pace {
  /** Blocks that count, per contender. */
  rounds: number
  /** How long a block should take, in milliseconds; a block has at least one step. */
  blockMs: number
  /** Rest before each block, in milliseconds: threads of the one before may still spin. */
  restMs: number
  /**
   * Further rounds are held until every contender has its quiet blocks, but none begins after this; on a machine
   * so slow that not even the rounds fit, three are held.
   */
  limitMs: number
}

export interface Blocks {
  /** Steps in each block. */
  steps: number
  /** Of the blocks that count, in order of time. */
  msPerStep: number[]
  cpuMsPerStep: number[]
  /** The largest share of others in a block that counts. */
  others: number
}

/** Up to this share of others, a block is quiet. */
export const quiet = 0.04

/** Rounds below which there is no median worth the name. */
const fewest = 3

export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
}

/** Steps that fill a block, from what a few steps took. */
export function stepsPerBlock(msPerStep: number, blockMs: number): number {
  return Math.max(1, Math.round(blockMs / Math.max(msPerStep, 1e-3)))
}

/**
 * Warms every contender up (one step, then a short block that decides how many steps a block has), then times the
 * rounds. Each round begins with another contender: none always runs after the same one's heat.
 */
export async function interleave(
  contenders: ReadonlyMap<string, Timed>,
  { rounds, blockMs, restMs, limitMs }: Pace,
  { now, sleep }: Clock
): Promise<Map<string, Blocks>> {
  const steps = new Map<string, number>()
  const taken = new Map<string, Block[]>()
  for (const [name, contender] of contenders) {
    const first = stepsPerBlock((await contender.block(1)).ms, blockMs / 4)
    const again = (await contender.block(first)).ms / first
    steps.set(name, stepsPerBlock(again, blockMs))
    taken.set(name, [])
  }
  const names = [...contenders.keys()]
  const from = now()
  const lacking = (): boolean =>
    [...taken.values()].some(
      (blocks) => blocks.filter(({ others }) => others <= quiet).length < rounds
    )
  const goesOn = (round: number): boolean =>
    round < Math.min(rounds, fewest) || (now() - from < limitMs && (round < rounds || lacking()))
  for (let round = 0; goesOn(round); round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]!
      await sleep(restMs)
      taken.get(name)!.push(await contenders.get(name)!.block(steps.get(name)!))
    }
  }
  return new Map(
    names.map((name) => {
      const chosen = quietest(taken.get(name)!, rounds)
      const n = steps.get(name)!
      const msPerStep = chosen.map(({ ms }) => ms / n)
      const cpuMsPerStep = chosen.map(({ cpuMs }) => cpuMs / n)
      const others = Math.max(...chosen.map((block) => block.others))
      return [name, { steps: n, msPerStep, cpuMsPerStep, others }]
    })
  )
}

/** The `count` blocks with least of others in them, in their order; all that are quiet count as equally so. */
export function quietest(blocks: readonly Block[], count: number): Block[] {
  const noise = ({ others }: Block): number => (others <= quiet ? 0 : others)
  const ranked = blocks.map((block, i) => ({ block, i }))
  ranked.sort((a, b) => noise(a.block) - noise(b.block) || a.i - b.i)
  return ranked
    .slice(0, count)
    .sort((a, b) => a.i - b.i)
    .map(({ block }) => block)
}
