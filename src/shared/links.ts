/**
 * The pages elsewhere that the app points at: papers, reference code, NVIDIA's drivers. The app itself never loads
 * them; a click hands the address to the user's browser, and only an address that isLinked() lets through.
 */

/** Sites that a link may lead to, over https alone. */
const sites: ReadonlySet<string> = new Set(['arxiv.org', 'github.com', 'www.nvidia.com'])

/** What sources call a work for short, as the words begin. */
const works: readonly (readonly [name: string, address: string])[] = [
  ['GrokkedTransformer', 'https://github.com/OSU-NLP-Group/GrokkedTransformer'],
  ['transformers', 'https://github.com/huggingface/transformers'],
  ['Wang et al. 2024', 'https://arxiv.org/abs/2405.15071'],
  ['Nanda et al. 2023', 'https://arxiv.org/abs/2301.05217']
]

export interface Linked {
  words: string
  /** Null: words alone. */
  address: string | null
}

/** Whether an address is one that the app points at: https, a site of the list, no port and no user name in it. */
export function isLinked(address: string): boolean {
  try {
    const { protocol, hostname, port, username, password } = new URL(address)
    const plain = port === '' && username === '' && password === ''
    return protocol === 'https:' && sites.has(hostname) && plain
  } catch {
    // No address at all.
    return false
  }
}

/**
 * The parts of a setting's source, each with the page of its paper or code.
 * @param source as in the schema: works apart by `; `, e.g. `Nanda et al. 2023; openai/grok`
 */
export const linkSources = (source: string): Linked[] =>
  source.split('; ').map((words) => ({ words, address: addressOf(words) }))

function addressOf(words: string): string | null {
  const paper = /\barXiv (\d{4}\.\d{4,5})\b/.exec(words)
  if (paper) return `https://arxiv.org/abs/${paper[1]}`
  const repository = /^[\w.-]+\/[\w.-]+(?=,|$)/.exec(words)
  if (repository) return `https://github.com/${repository[0]}`
  return works.find(([name]) => words === name || words.startsWith(`${name},`))?.[1] ?? null
}

/** A sentence with the addresses in it that may be links. */
export const linkAddresses = (sentence: string): Linked[] =>
  sentence
    .split(/(https:\/\/[^\s)]*[^\s).,;])/)
    .filter((words) => words !== '')
    .map((words) => ({ words, address: isLinked(words) ? words : null }))
