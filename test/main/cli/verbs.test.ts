import { describe, expect, test } from 'vitest'
import { runWords } from '../../support/cli'

const say = (...words: string[]): ReturnType<typeof runWords> => runWords(words, '/nowhere')
const verbs = ['doctor', 'data', 'train', 'resume', 'runs', 'show', 'serve']

describe('help', () => {
  test.each([['--help'], ['-h'], ['help']])(
    '%s lists every verb and the exit codes on stdout',
    async (word) => {
      const { code, stdout, stderr } = await say(word)
      expect([code, stderr]).toEqual([0, ''])
      for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'))
      for (const exit of ['0 done', '1 a run', '2 a mistake', '130 interrupted'])
        expect(stdout).toContain(exit)
      expect(stdout).not.toContain('probe-engine')
    }
  )

  test('without a verb goes to stderr, as a usage error', async () => {
    const { code, stdout, stderr } = await say()
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: grokscope VERB')
  })

  test.each(verbs)('of %s names its options, --runs and --version among them', async (verb) => {
    const { code, stdout } = await say(verb, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^grokscope ${verb}\\b`))
    for (const option of ['--runs DIR', '--help', '--version']) expect(stdout).toContain(option)
    expect((await say('help', verb)).stdout).toBe(stdout)
  })

  test.each([['--version'], ['runs', '--version'], ['train', '--version']])(
    '%s %s gives the version',
    async (...words) => {
      expect(await say(...words)).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' })
    }
  )
})

describe('a mistake', () => {
  test.each([
    [['trian'], /There is no verb "trian"\.\nDid you mean grokscope train\?/],
    [['elephants'], /There is no verb "elephants"\.\nVerbs are doctor, data, train/],
    [['--runs'], /There is no option --runs before a verb/],
    [
      ['runs', '--jsno'],
      /runs has no option --jsno\. Did you mean --json\?\nUsage: grokscope runs/
    ],
    [['runs', '--runs'], /'--runs <value>' argument missing\nUsage/],
    [['runs', '--json=1'], /does not take an argument\nUsage/],
    [['runs', 'surplus'], /runs does not know what to do with "surplus"/],
    [['train'], /train needs CONFIG\|PRESET/],
    [['show'], /show needs RUN/],
    [
      ['train', 'comparison-mini', '--engine', 'wams'],
      /There is no engine "wams"; did you mean wasm\?/
    ],
    [['serve', '--port', '70000'], /"70000" is no port/],
    [['serve', '--port', 'http'], /"http" is no port/],
    [['help', 'trian'], /Did you mean grokscope train\?/]
  ])('%j is said on stderr with the next step and exit code 2', async (words, message) => {
    const { code, stdout, stderr } = await say(...words)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^grokscope: /)
    expect(stderr).toMatch(message)
  })

  test('with --json is one line of JSON on stderr', async () => {
    const { code, stdout, stderr } = await say(
      'data',
      'comparison-mini',
      '--set',
      'seed=-1',
      '--json'
    )
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.match(/\n/g)).toHaveLength(1)
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'config.invalid',
        message: expect.stringContaining('seed: -1 is refused'),
        hint: expect.any(String),
        issues: [{ path: 'seed', message: expect.any(String), nearest: 0 }]
      }
    })
  })

  test('in several fields lists each, indented', async () => {
    const { stderr } = await say(
      'data',
      'comparison-mini',
      '--set',
      'seed=-1',
      '--set',
      'model.nLayer=99'
    )
    expect(stderr).toMatch(
      /^ {4}model\.nLayer: 99 is refused: allowed is a whole number from 1 to 48/m
    )
    expect(stderr).toMatch(/^ {4}seed: -1 is refused/m)
  })
})
