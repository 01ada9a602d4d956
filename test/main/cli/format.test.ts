import { describe, expect, test } from 'vitest'
import {
  bar,
  bytes,
  cut,
  duration,
  durationRange,
  shortNumber,
  sparkline,
  table
} from '../../../src/main/cli/format'

test.each([
  [0.98765, '0.988'],
  [0, '0'],
  [1, '1.000'],
  [0.00012, '1.2e-4'],
  [-0.5, '-0.500'],
  [12.345, '12.3'],
  [123.45, '123'],
  [1234.5, '1,235'],
  [null, '-'],
  [undefined, '-']
])('%s reads %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})

test.each([
  [0, '0 s'],
  [4_200, '4 s'],
  [60_000, '1 min'],
  [61_000, '1 min 1 s'],
  [59_700, '1 min'],
  [3_725_000, '1 h 2 min'],
  [90_000_000, '1 d 1 h']
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('a range of durations that reads the same is one', () => {
  expect(durationRange([60_000, 90_000])).toBe('1 min to 1 min 30 s')
  expect(durationRange([4_100, 4_200])).toBe('4 s')
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [2 ** 30, '1.0 GiB'],
  [150 * 2 ** 30, '150 GiB'],
  [2 ** 52, '4096 TiB']
])('%d bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text)
})

test('a table aligns numbers right, words left, and leaves no trailing space', () => {
  expect(
    table(
      ['NAME', 'STEP'],
      [
        ['a', '5'],
        ['longer', '1,000']
      ]
    )
  ).toBe('NAME     STEP\na           5\nlonger  1,000\n')
  expect(
    table(
      ['A', 'B'],
      [
        ['x', 'φ'],
        ['y', '']
      ]
    )
  ).toBe('A  B\nx  φ\ny\n')
})

test('cut keeps what fits and marks what is missing', () => {
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('abcd', 3)).toBe('ab…')
})

describe('a bar', () => {
  test.each([
    [0, '▕    ▏'],
    [1, '▕████▏'],
    [0.5, '▕██  ▏'],
    [1 / 32, '▕▏   ▏'],
    [-1, '▕    ▏'],
    [2, '▕████▏']
  ])('of %d', (share, text) => {
    expect(bar(share, 4)).toBe(text)
  })
})

describe('a sparkline', () => {
  test('spreads steps over their logarithm and repeats the last value over gaps', () => {
    // log1p of 0, 1 and 63 are 0, 1/6 and 1 of the axis
    expect(
      sparkline(
        [
          [0, 0],
          [1, 0.5],
          [63, 1]
        ],
        6
      )
    ).toBe('▁▅▅▅▅█')
  })

  test('takes a range of its own, and passes over values that are no numbers', () => {
    expect(
      sparkline(
        [
          [0, 0],
          [3, null],
          [3, 0.5]
        ],
        2,
        [0, 1]
      )
    ).toBe('▁▅')
    expect(sparkline([[0, null]], 4)).toBe('')
    expect(sparkline([[0, 3]], 3)).toBe('▁▁▁')
  })
})

test('an id made of digits alone is no number', () => {
  const text = table(['ID', 'OF'], [['20261124-120626-5854', '3/5']])
  expect(text).toBe('ID                     OF\n20261124-120626-5854  3/5\n')
})
