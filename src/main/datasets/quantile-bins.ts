/**
 * Quantile bins, for each group by itself: a number goes to the bin floor(bins x smaller / n), where `smaller` is
 * how many numbers of its group are smaller and n how many there are. Equal numbers thus share a bin; where many
 * are equal, bins after theirs may stay empty.
 * @returns each number's bin, 0 to bins - 1
 */
export function quantileBins(
  numbers: readonly number[],
  groups: readonly string[],
  bins: number
): Int32Array {
  const members = new Map<string, number[]>()
  groups.forEach((group, i) => {
    const list = members.get(group)
    if (list) list.push(i)
    else members.set(group, [i])
  })
  const binned = new Int32Array(numbers.length)
  for (const list of members.values()) {
    list.sort((i, j) => numbers[i]! - numbers[j]!)
    let smaller = 0
    list.forEach((i, rank) => {
      if (rank > 0 && numbers[i]! > numbers[list[rank - 1]!]!) smaller = rank
      binned[i] = Math.floor((bins * smaller) / list.length)
    })
  }
  return binned
}
