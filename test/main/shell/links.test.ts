import { describe, expect, it } from 'vitest'
import { openLink } from '../../../src/main/shell/links'

describe('a link that the page asks to open', () => {
  async function opened(address: unknown): Promise<string[]> {
    const addresses: string[] = []
    const done = await openLink(address, (url) => Promise.resolve(void addresses.push(url)))
    expect(done).toBe(addresses.length > 0)
    return addresses
  }

  it('goes to the browser as it was checked', async () => {
    expect(await opened('https://arxiv.org/abs/2301.05217')).toEqual([
      'https://arxiv.org/abs/2301.05217'
    ])
    // The parser's own spelling: what is opened is what was looked at.
    expect(await opened('HTTPS://ARXIV.org/a b')).toEqual(['https://arxiv.org/a%20b'])
  })

  it.each([
    'file:///etc/passwd',
    'http://arxiv.org/',
    'https://evil.example/',
    'javascript:alert(1)',
    7,
    null,
    undefined,
    ['https://arxiv.org/'],
    { toString: () => 'https://arxiv.org/' }
  ])('goes nowhere if it is %s', async (address) => {
    expect(await opened(address)).toEqual([])
  })
})
