/** What the fuzzing tests share: how many cases, JSON that nearly fits, and texts and bytes that are damaged. */
import fc from 'fast-check'

/** Shares of the long form's cases by target; together 1. */
const shares = {
  rpc: 0.1,
  frames: 0.02,
  tensors: 0.22,
  lines: 0.1,
  csv: 0.16,
  settings: 0.4
} as const

const all = Number(process.env['GROKSCOPE_FUZZ_CASES'] ?? 0)
const seed = process.env['GROKSCOPE_FUZZ_SEED']

/** How many cases a target gets: its share of the long form, or `short`. Cases are the same each time, unless seeded. */
export const cases = (
  target: keyof typeof shares,
  short: number
): { numRuns: number; seed: number } => ({
  numRuns: all > 0 ? Math.ceil(all * shares[target]) : short,
  seed: seed === undefined ? 20_261_124 : Number(seed)
})

const nastyTexts = [
  '',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '\u0000',
  'NaN',
  '1e999',
  '\ud800',
  'C:\\x',
  'a'.repeat(5000)
]
const nastyNumbers = [0, -0, -1, 0.5, 1e308, -1e308, 2 ** 53, Number.MIN_VALUE]

export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  fc.constantFrom<unknown>(...nastyTexts, ...nastyNumbers, null, true, false),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' })
)

/** A JSON value with up to four of its places replaced, removed, or given a member that nobody knows. */
export const damagedJson = (sound: unknown): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.nat(), nasty, fc.constantFrom('replace', 'remove', 'add')), {
      minLength: 1,
      maxLength: 4
    })
    .map((changes) =>
      changes.reduce((value, [at, by, how]) => changed(value, at, by, how), structuredClone(sound))
    )

function changed(value: unknown, at: number, by: unknown, how: string): unknown {
  const places = placesOf(value)
  if (places.length === 0) return by
  const [owner, key] = places[at % places.length]!
  if (how === 'replace') owner[key] = by
  else if (how === 'remove') Reflect.deleteProperty(owner, key)
  else owner[`${key}x`] = by
  return value
}

type Owner = Record<string, unknown>

function placesOf(value: unknown): [Owner, string][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]): [Owner, string][] => [
    [value as Owner, key],
    ...placesOf(member)
  ])
}

/** Bytes cut short, with some flipped, or with a stretch repeated or replaced by others. */
export const damagedBytes = (sound: Buffer): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.nat(sound.length).map((length) => Buffer.from(sound.subarray(0, length))),
    fc
      .array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 8
      })
      .map((flips) => {
        const bytes = Buffer.from(sound)
        for (const [at, by] of flips) bytes[at]! ^= by
        return bytes
      }),
    fc
      .tuple(fc.nat(sound.length), fc.uint8Array({ maxLength: 60 }))
      .map(([at, bytes]) => Buffer.concat([sound.subarray(0, at), bytes, sound.subarray(at)])),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
  )
