/** Reads XML with a strict parser: anything that is not well-formed, or in no namespace, throws. */
import { SaxesParser } from 'saxes'

export interface Element {
  name: string
  attributes: Record<string, string>
  /** Its own text, without that of elements within. */
  text: string
  children: Element[]
}

export function parseXml(source: string): Element {
  const root: Element = { name: '', attributes: {}, text: '', children: [] }
  const open = [root]
  const parser = new SaxesParser({ xmlns: true })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, { value }]) => [key, value])
    const element = { name, attributes: Object.fromEntries(values), text: '', children: [] }
    open.at(-1)!.children.push(element)
    open.push(element)
  })
  parser.on('text', (text) => (open.at(-1)!.text += text))
  parser.on('closetag', () => void open.pop())
  parser.write(source).close()
  return root.children[0]!
}

/** An element and everything in it. */
export function* everything(element: Element): Generator<Element> {
  yield element
  for (const child of element.children) yield* everything(child)
}

export const named = (element: Element, name: string): Element[] =>
  [...everything(element)].filter((one) => one.name === name)
