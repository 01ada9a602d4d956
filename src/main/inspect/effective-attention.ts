/**
 * What recurrent families do, as matrices from positions to positions, in float64 on plain arrays.
 *
 * RWKV-4's time mix gives y_t = sum_i a_ti v_i per channel, with a_ti = softmax over i <= t of
 * [k_i - (t - 1 - i) w for i < t, u + k_t for i = t] (Peng et al. 2023, equation 16): an attention pattern already.
 *
 * Mamba's selective state space gives y_t = sum_i m_ti x_i per channel e, with
 * m_ti = sum_n C_t[n] exp(A_en sum_{s=i+1..t} Δ_s) Δ_i B_i[n] (Ali, Zimerman and Wolf 2024, arXiv 2403.01590,
 * equation 8): weights of either sign, shown as shares |m_ti| / sum_j |m_tj|.
 */

/** Means over rows; [5, T, T] for all channels and four quarters of them, from slow to fast. */
export interface BlockMaps {
  readonly attention: Float64Array
  readonly signed?: Float64Array
  /** [T] norm of the state after each position. */
  readonly state: Float64Array
  /** [T] mean step size. */
  readonly delta?: Float64Array
  /** [channels] share of the past that is kept per position. */
  readonly decay: readonly number[]
}

type Numbers = ArrayLike<number>

interface RwkvBlock {
  /** log of the decay w, [C], and u, [C]. */
  readonly logW: Numbers
  readonly u: Numbers
  /** [B, T, C] */
  readonly k: Numbers
  readonly shape: readonly [B: number, T: number, C: number]
  /** T of [B, 3, C]: a, b, p after each position. */
  readonly states: readonly Numbers[]
}

export function rwkvMaps({ logW, u, k, shape, states }: RwkvBlock): BlockMaps {
  const [B, T, C] = shape
  const w = Array.from({ length: C }, (_, c) => Math.exp(logW[c]!))
  const decay = w.map((x) => Math.exp(-x))
  const groups = quarters(decay)
  const attention = new Float64Array(5 * T * T)
  for (let b = 0; b < B; b++) {
    for (let c = 0; c < C; c++) {
      const key = (i: number): number => k[(b * T + i) * C + c]!
      for (let t = 0; t < T; t++) {
        const row = rwkvRow(t, w[c]!, u[c]!, key)
        addRow(attention, row, t, T, groups, c, B)
      }
    }
  }
  const state = states.map((values) => {
    let sum = 0
    for (let b = 0; b < B; b++) {
      let squares = 0
      for (let c = 0; c < C; c++) {
        // The state as the average that it is: a / b, whatever the exponent they share.
        squares += (values[b * 3 * C + c]! / values[(b * 3 + 1) * C + c]!) ** 2
      }
      sum += Math.sqrt(squares) / B
    }
    return sum
  })
  return { attention, state: Float64Array.from(state), decay }
}

/** a_t0 .. a_tt of one channel. */
export function rwkvRow(t: number, w: number, u: number, key: (i: number) => number): number[] {
  const scores = Array.from({ length: t + 1 }, (_, i) =>
    i === t ? u + key(t) : key(i) - (t - 1 - i) * w
  )
  const largest = Math.max(...scores)
  const exps = scores.map((score) => Math.exp(score - largest))
  const total = exps.reduce((a, b) => a + b, 0)
  return exps.map((x) => x / total)
}

interface MambaBlock {
  /** log of -A, [E, N]. */
  readonly logA: Numbers
  /** [B, T, E] */
  readonly delta: Numbers
  /** B and C of the state space, [B, T, N]. */
  readonly writes: Numbers
  readonly reads: Numbers
  readonly shape: readonly [B: number, T: number, E: number]
  /** T of [B, E, N]. */
  readonly states: readonly Numbers[]
}

export function mambaMaps({ logA, delta, writes, reads, shape, states }: MambaBlock): BlockMaps {
  const [B, T, E] = shape
  const N = logA.length / E
  const decay = new Float64Array(E)
  const meanDelta = new Float64Array(T)
  for (let e = 0; e < E; e++) {
    for (let n = 0; n < N; n++) {
      const A = -Math.exp(logA[e * N + n]!)
      for (let at = 0; at < B * T; at++) {
        decay[e]! += Math.exp(delta[at * E + e]! * A) / (N * B * T)
      }
    }
    for (let at = 0; at < B * T; at++) meanDelta[at % T]! += delta[at * E + e]! / (B * E)
  }
  const groups = quarters([...decay])
  const attention = new Float64Array(5 * T * T)
  const signed = new Float64Array(5 * T * T)
  for (let b = 0; b < B; b++) {
    for (let e = 0; e < E; e++) {
      for (let t = 0; t < T; t++) {
        const row = mambaRow(t, {
          N,
          A: (n) => -Math.exp(logA[e * N + n]!),
          delta: (s) => delta[(b * T + s) * E + e]!,
          write: (i, n) => writes[(b * T + i) * N + n]!,
          read: (n) => reads[(b * T + t) * N + n]!
        })
        const total = row.reduce((sum, x) => sum + Math.abs(x), 0)
        // A channel that reads nothing at all reads from everywhere alike.
        const shares = row.map((x) => (total > 0 ? Math.abs(x) / total : 1 / row.length))
        addRow(signed, row, t, T, groups, e, B)
        addRow(attention, shares, t, T, groups, e, B)
      }
    }
  }
  const state = states.map((values) => {
    let sum = 0
    for (let b = 0; b < B; b++) {
      let squares = 0
      for (let i = 0; i < E * N; i++) squares += values[b * E * N + i]! ** 2
      sum += Math.sqrt(squares) / B
    }
    return sum
  })
  return {
    attention,
    signed,
    state: Float64Array.from(state),
    delta: meanDelta,
    decay: [...decay]
  }
}

interface MambaChannel {
  readonly N: number
  A(n: number): number
  delta(position: number): number
  /** B of position i. */
  write(i: number, n: number): number
  /** C of position t. */
  read(n: number): number
}

/** m_t0 .. m_tt of one channel. */
export function mambaRow(t: number, { N, A, delta, write, read }: MambaChannel): number[] {
  const row = new Array<number>(t + 1).fill(0)
  for (let n = 0; n < N; n++) {
    let past = 0 // sum of the step sizes after position i
    for (let i = t; i >= 0; i--) {
      row[i]! += read(n) * Math.exp(A(n) * past) * delta(i) * write(i, n)
      past += delta(i)
    }
  }
  return row
}

interface Groups {
  /** The quarter, 1 to 4, of each channel. */
  readonly of: Int32Array
  /** Channels in each group; group 0 are all. */
  readonly sizes: readonly number[]
}

/** Quarters of the channels: 1 keeps most of the past, 4 least. */
function quarters(decay: readonly number[]): Groups {
  const C = decay.length
  const order = decay.map((_, c) => c).sort((a, b) => decay[b]! - decay[a]! || a - b)
  const of = new Int32Array(C)
  order.forEach((c, place) => (of[c] = 1 + Math.floor((4 * place) / C)))
  const sizes = [C, 0, 0, 0, 0]
  for (const group of of) sizes[group]!++
  return { of, sizes }
}

/** Adds a row's share to the mean over all channels and to that of its quarter. */
function addRow(
  into: Float64Array,
  row: readonly number[],
  t: number,
  T: number,
  { of, sizes }: Groups,
  channel: number,
  rows: number
): void {
  for (const group of [0, of[channel]!]) {
    const at = (group * T + t) * T
    for (let i = 0; i < row.length; i++) into[at + i]! += row[i]! / (rows * sizes[group]!)
  }
}
