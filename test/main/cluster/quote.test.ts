import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { command, quote, quotePath } from '../../../src/main/cluster/quote'

const sh = (script: string): string => execFileSync('sh', ['-c', script], { encoding: 'utf8' })

const text = fc.string({ unit: 'binary' }).map((s) => s.replaceAll('\0', ''))

it('a word arrives in sh as it was, whatever it holds', () => {
  fc.assert(
    fc.property(text, (word) => {
      expect(sh(`printf %s. ${quote(word)}`)).toBe(`${word}.`)
    }),
    { numRuns: 300 }
  )
})

it('many words stay as many words', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (words) => {
      const said = sh(
        `count() { echo $#; printf '%s\\036' "$@"; }; count ${words.map(quote).join(' ')}`
      )
      expect(said).toBe(`${words.length}\n${words.map((word) => `${word}\u001e`).join('')}`)
    }),
    { numRuns: 100 }
  )
})

it('what a shell would expand or run stays text', () => {
  for (const word of ['$HOME', '`id`', '$(id)', '; rm -rf x', "it's", '\n', '*', '~', '']) {
    expect(sh(`printf '%s' ${quote(word)}`)).toBe(word)
  }
  expect(sh(command('echo', 'a  b', '-n'))).toBe('a  b -n\n')
})

it('a path from the home folder starts there, and only that is expanded', () => {
  expect(sh(`HOME=/h; printf %s ${quotePath('~/a $b')}`)).toBe('/h/a $b')
  expect(sh(`HOME=/h; printf %s ${quotePath('/x/~/y')}`)).toBe('/x/~/y')
})

it('NUL, which no argument can hold, is refused', () => {
  expect(() => quote('a\0b')).toThrow('NUL')
})
