/**
 * The part of a comparison that only some families have: recurrent states after the last position, and RWKV's
 * embedding after its norm. Results carry the reference's names (test/fixtures/parity/README.md).
 */
import type { HostArray } from '../models/params'
import { maxDeviation } from './deviation'
import { valuesOf } from './parity-case'
import type { Case } from './parity-case'

/** What a tap saw, by name. */
type Seen = Readonly<Record<string, HostArray>>

/** Reads a tensor of expected.safetensors, whose shape must be the one given. */
type Read = (name: string, shape: readonly number[]) => ArrayLike<number>

/** Deviations by name: `pre_ln`, `state.0.ssm`; none for families without such things. */
export function familyDeviations(reference: Case, seen: Seen): Record<string, number> {
  const { config, expected, ids } = reference
  const T = ids[0]!.length
  const read: Read = (name, shape) => valuesOf(expected, name, shape, 'expected.safetensors')
  const perBlock = (
    states: (tapped: (name: string) => HostArray, read: Read) => Record<string, number>
  ): Record<string, number> => {
    const blocks = Array.from({ length: config.nLayer }, (_, i) => {
      const tapped = (name: string): HostArray => seen[`blocks.${i}.${name}`]!
      const found = states(tapped, (name, shape) => read(`state.${i}.${name}`, shape))
      return Object.entries(found).map(([name, value]) => [`state.${i}.${name}`, value])
    })
    return Object.fromEntries(blocks.flat()) as Record<string, number>
  }

  switch (config.family) {
    case 'rwkv': {
      const start = seen['blocks.0.hook_resid_pre']! // [B, T, C]
      return {
        pre_ln: maxDeviation(start.values, read('pre_ln', start.shape)),
        ...perBlock((tapped, read) => {
          const shown = tapped(`att.hook_wkv_state.${T - 1}`)
          return {
            ...sumDeviations(shown, read),
            att_x: lastDeviation(tapped('ln1.hook_normalized'), 1, (shape) => read('att_x', shape)),
            ffn_x: lastDeviation(tapped('ln2.hook_normalized'), 1, (shape) => read('ffn_x', shape))
          }
        })
      }
    }
    case 'mamba':
      return perBlock((tapped, read) => {
        const { shape, values } = tapped(`mixer.hook_ssm_state.${T - 1}`) // [B, E, N]
        const convolved = tapped('mixer.hook_conv_in') // [B, T, E]
        return {
          ssm: maxDeviation(values, read('ssm', shape)),
          conv: lastDeviation(convolved, config.dConv, (shape) =>
            read('conv', [...shape, config.dConv])
          )
        }
      })
    case 'gpt2':
    case 'llama':
    case 'transformer1':
      return {}
    default:
      return config satisfies never
  }
}

/** RWKV's sums a e^p against num e^max, and b e^p against den e^max: the split is arbitrary. */
function sumDeviations({ shape, values }: HostArray, read: Read): { num: number; den: number } {
  const [B, , C] = shape as [number, number, number] // [B, 3, C]
  const part = (kind: number): Float64Array =>
    Float64Array.from({ length: B * C }, (_, n) => {
      return values[(3 * Math.floor(n / C) + kind) * C + (n % C)]!
    })
  const scaled = (sum: ArrayLike<number>, exponent: ArrayLike<number>): Float64Array =>
    Float64Array.from(sum, (x, n) => x * Math.exp(exponent[n]!))
  const largest = read('max', [B, C])
  const compare = (kind: number, name: string): number =>
    maxDeviation(scaled(part(kind), part(2)), scaled(read(name, [B, C]), largest))
  return { num: compare(0, 'num'), den: compare(1, 'den') }
}

/**
 * The last `count` positions of [B, T, C], zeros in front where there are fewer, against [B, C, count];
 * `wanted` is asked with [B, C].
 */
function lastDeviation(
  { shape, values }: HostArray,
  count: number,
  wanted: (shape: number[]) => ArrayLike<number>
): number {
  const [B, T, C] = shape as [number, number, number]
  const last = Float64Array.from({ length: B * C * count }, (_, n) => {
    const [b, c, t] = [Math.floor(n / (C * count)), Math.floor(n / count) % C, n % count]
    const from = T - count + t
    return from < 0 ? 0 : values[(b * T + from) * C + c]!
  })
  return maxDeviation(last, wanted([B, C]))
}
