/** What a person chooses of a circuit report. */
export interface CircuitChoice {
  /** Steps; left out: where the run had memorised, and its newest checkpoint. */
  from?: number | undefined
  to?: number | undefined
  /** Prompts of each split. The paper takes 300. */
  count: number
  seed: number
}

export const usualChoice: CircuitChoice = { count: 300, seed: 0 }
