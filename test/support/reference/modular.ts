/**
 * Modular arithmetic and S5 written a second time from their description: every equation listed, quotients found
 * by trying, permutations as records of where each thing goes. Nothing is shared with the generator.
 */
import type { ModularConfig } from '@shared/config'
import { hashRows, range, type Row } from './rows'
import { Sfc32 } from './sfc32'

export interface Equation {
  x: string
  y: string
  z: string
}

/** Numbers z of 0..p-1 with z y congruent to x: one where p is prime and y not 0. */
const quotients = (x: number, y: number, p: number): number[] =>
  range(p).filter((z) => (z * y) % p === x % p)

const modulo = (n: number, p: number): number => {
  let rest = n
  while (rest < 0) rest += p
  return rest % p
}

const numeric: Record<string, (x: number, y: number, p: number) => number | undefined> = {
  'x+y': (x, y, p) => modulo(x + y, p),
  'x-y': (x, y, p) => modulo(x - y, p),
  xy: (x, y, p) => (y === 0 ? undefined : modulo(x * y, p)),
  'x/y': (x, y, p) => (y === 0 ? undefined : quotients(x, y, p)[0]),
  'x/y if y odd else x-y': (x, y, p) => (y % 2 === 0 ? modulo(x - y, p) : quotients(x, y, p)[0]),
  'x^2+y^2': (x, y, p) => modulo(x ** 2 + y ** 2, p),
  'x^2+xy+y^2': (x, y, p) => modulo(x ** 2 + x * y + y ** 2, p),
  'x^2+xy+y^2+x': (x, y, p) => modulo(x ** 2 + x * y + y ** 2 + x, p),
  'x^3+xy': (x, y, p) => modulo(x ** 3 + x * y, p),
  'x^3+xy^2+y': (x, y, p) => modulo(x ** 3 + x * y ** 2 + y, p)
}

/** All words of five different digits 0-4, in alphabetical order. */
const words = range(100000)
  .map((n) => String(n).padStart(5, '0'))
  .filter((word) => [...'01234'].every((digit) => word.includes(digit)))

/** First `second`, then `first`: thing i goes where `first` takes the place where `second` took it. */
const after = (first: string, second: string): string =>
  [...second].map((place) => first[Number(place)]).join('')
const undo = (word: string): string => [...'01234'].map((place) => word.indexOf(place)).join('')

const symmetric: Record<string, (x: string, y: string) => string> = {
  'xy in S5': (x, y) => after(x, y),
  'xyx^-1 in S5': (x, y) => after(after(x, y), undo(x)),
  'xyx in S5': (x, y) => after(after(x, y), x)
}

export function listEquations({ operation, modulus }: ModularConfig): Equation[] {
  const inS5 = symmetric[operation]
  if (inS5) return words.flatMap((x) => words.map((y) => ({ x, y, z: inS5(x, y) })))
  const answer = numeric[operation]!
  return range(modulus).flatMap((x) =>
    range(modulus).flatMap((y) => {
      const z = answer(x, y, modulus)
      return z === undefined ? [] : [{ x: String(x), y: String(y), z: String(z) }]
    })
  )
}

export function referenceModular(
  config: ModularConfig,
  seed: number
): { vocabulary: string[]; train: Row[]; splits: Record<string, Row[]>; hash: string } {
  const equations = listEquations(config)
  const count = Math.round(config.trainFraction * equations.length)
  const chosen = new Sfc32(seed, 'split').sample(equations.length, count)
  const isChosen = new Set(chosen)
  const training = chosen.map((i) => equations[i]!)
  const others = equations.filter((_, i) => !isChosen.has(i))
  const row = ({ x, y, z }: Equation): Row =>
    config.format === 'nanda'
      ? { tokens: [x, y, '='], positions: [2], targets: [z] }
      : {
          tokens: ['<eos>', x, config.operation, y, '=', z],
          positions: [4, 5],
          targets: [z, '<eos>']
        }
  const some = (name: string, pool: Equation[]): Row[] =>
    new Sfc32(seed, `probes/${name}`)
      .sample(pool.length, Math.min(config.probes, pool.length))
      .map((i) => row(pool[i]!))
  const elements = symmetric[config.operation] ? words : range(config.modulus).map(String)
  const power = config.format === 'power' ? [config.operation, '<eos>'] : []
  const vocabulary = [...elements, '=', ...power]
  const train = training.map(row)
  const splits = { train: some('train', training), test: some('test', others) }
  const hash = hashRows('modular', vocabulary, train, splits)
  return { vocabulary, train, splits, hash }
}
