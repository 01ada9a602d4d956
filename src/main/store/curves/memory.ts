/** What was read or computed lately, up to a number of points; what was used longest ago goes first. */
export interface Memory {
  /**
   * What is remembered under a key, or else what `make` makes.
   * @param stamp another one than before means that what is remembered no longer holds
   * @param size of a value, in points
   */
  of: <T>(key: string, stamp: string, make: () => T, size: (value: T) => number) => T
}

export function createMemory(limit: number): Memory {
  const entries = new Map<string, { stamp: string; value: unknown; size: number }>()
  let total = 0
  const drop = (key: string): void => {
    total -= entries.get(key)?.size ?? 0
    entries.delete(key)
  }
  return {
    of<T>(key: string, stamp: string, make: () => T, size: (value: T) => number): T {
      const found = entries.get(key)
      if (found?.stamp === stamp) {
        // Last in the map's order: used most lately.
        entries.delete(key)
        entries.set(key, found)
        return found.value as T
      }
      drop(key)
      const value = make()
      entries.set(key, { stamp, value, size: size(value) })
      total += size(value)
      for (const oldest of entries.keys()) {
        if (total <= limit) break
        drop(oldest)
      }
      return value
    }
  }
}
