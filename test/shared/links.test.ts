import { describe, expect, it } from 'vitest'
import { driverPage } from '../../src/main/doctor/driver-findings'
import { listFields } from '@shared/config-fields'
import { datasetKinds } from '@shared/dataset-config'
import { familyNames } from '@shared/model-config'
import { isLinked, linkAddresses, linkSources } from '@shared/links'

describe('what may be opened in the browser', () => {
  it.each([
    'http://arxiv.org/abs/2301.05217',
    'https://arxiv.org.evil.example/abs/2301.05217',
    'https://evil.example/arxiv.org',
    'https://arxiv.org@evil.example/',
    'https://user:word@arxiv.org/abs/2301.05217',
    'https://arxiv.org:8443/abs/2301.05217',
    'https:arxiv.org.evil.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'smb://github.com/share',
    'app://grokscope/',
    'arxiv.org/abs/2301.05217',
    ''
  ])('is not %s', (address) => {
    expect(isLinked(address)).toBe(false)
  })

  it('is a page of a listed site over https', () => {
    expect(isLinked('https://arxiv.org/abs/2301.05217')).toBe(true)
    expect(isLinked(driverPage)).toBe(true)
  })
})

describe('the sources of settings', () => {
  it('names the page of each paper and repository', () => {
    expect(linkSources('Power et al. 2022, arXiv 2201.02177')).toEqual([
      { words: 'Power et al. 2022, arXiv 2201.02177', address: 'https://arxiv.org/abs/2201.02177' }
    ])
    expect(linkSources('transformers; BlinkDL/RWKV-LM, RWKV-v4, src/model.py')).toEqual([
      { words: 'transformers', address: 'https://github.com/huggingface/transformers' },
      {
        words: 'BlinkDL/RWKV-LM, RWKV-v4, src/model.py',
        address: 'https://github.com/BlinkDL/RWKV-LM'
      }
    ])
    expect(linkSources('A talk')).toEqual([{ words: 'A talk', address: null }])
  })
})

describe('the sources of every setting', () => {
  const sources = new Set(
    datasetKinds.flatMap((kind) =>
      Object.keys(familyNames).flatMap((family) =>
        listFields(kind, family).flatMap(({ source }) => source ?? [])
      )
    )
  )

  const parts = [...sources].flatMap(linkSources)

  it('lead to pages that may be opened', () => {
    const addresses = new Set(parts.flatMap(({ address }) => address ?? []))
    expect(addresses.size).toBeGreaterThan(12)
    expect([...addresses].filter((address) => !isLinked(address))).toEqual([])
  })

  it('are linked, all but remarks', () => {
    expect(parts.flatMap(({ words, address }) => (address === null ? words : [])).sort()).toEqual([
      "The study's slides say none",
      'the reference command leaves it at 0.1',
      'the study has none'
    ])
  })
})

describe('a sentence with an address in it', () => {
  it('links the address and leaves the words around it', () => {
    expect(linkAddresses(`Install the driver (${driverPage}), then restart.`)).toEqual([
      { words: 'Install the driver (', address: null },
      { words: driverPage, address: driverPage },
      { words: '), then restart.', address: null }
    ])
  })

  it('links nothing that may not be opened', () => {
    expect(
      linkAddresses('See https://evil.example/x.').every(({ address }) => address === null)
    ).toBe(true)
    expect(linkAddresses('')).toEqual([])
  })
})
