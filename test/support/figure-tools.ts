/** Other people's programs that read our figures: librsvg, poppler, LaTeX, and what they see. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { decode } from 'fast-png'
import { faces } from '../../src/main/figures/fonts'
import { everything, parseXml } from './xml'

const found = (program: string): boolean => spawnSync(program, ['--version']).error === undefined

const why = (variable: string, programs: readonly string[]): string | undefined => {
  const told = process.env[variable]
  if (told) return `skipped: ${told}`
  const missing = programs.filter((program) => !found(program))
  return missing.length > 0 ? `skipped: no ${missing.join(', ')} on the PATH` : undefined
}

/** Why figures cannot be read here; undefined where they can. */
export const noReaders = why('GROKSCOPE_SKIP_FIGURES', ['rsvg-convert', 'pdftotext', 'pdftocairo'])
export const noLatex = why('GROKSCOPE_SKIP_LATEX', ['pdflatex'])

const folders: string[] = []

/** A new empty folder, removed by removeFolders(). */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'grokscope-figures-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export interface Picture {
  width: number
  height: number
  /** Red, green and blue, 0 to 255, on white. */
  at(x: number, y: number): readonly [number, number, number]
}

/** A PNG file's pixels. */
export function readPicture(png: Uint8Array): Picture {
  const { width, height, data, channels } = decode(png)
  return {
    width,
    height,
    at: (x, y) => {
      const i = (Math.floor(y) * width + Math.floor(x)) * channels
      const alpha = channels === 4 ? data[i + 3]! / 255 : 1
      const channel = (c: number): number => Math.round(data[i + c]! * alpha + 255 * (1 - alpha))
      return [channel(0), channel(1), channel(2)]
    }
  }
}

/** The mean difference of two pictures of one size, 0 to 255 a channel, and the share of pixels that differ much. */
export function difference(a: Picture, b: Picture): { mean: number; share: number } {
  let [sum, far] = [0, 0]
  for (let y = 0; y < a.height; y++) {
    for (let x = 0; x < a.width; x++) {
      const [p, q] = [a.at(x, y), b.at(x, y)]
      const most = Math.max(...p.map((value, i) => Math.abs(value - q[i]!)))
      sum += most
      if (most > 96) far++
    }
  }
  const pixels = a.width * a.height
  return { mean: sum / pixels, share: far / pixels }
}

/** librsvg's picture, drawn with the fonts that figures are laid out for, at so many pixels a point. */
export function rsvg(svg: string, zoom: number): Picture {
  const folder = workFolder()
  // Without a family of Arial's metrics on this machine another font would stand in.
  const fonts = Object.values(faces).map(({ file }) => `<dir>${dirname(file())}</dir>`)
  const config = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>${[...new Set(fonts)].join('')}<cachedir>${folder}/cache</cachedir></fontconfig>`
  writeFileSync(join(folder, 'fonts.conf'), config)
  const [, , width, height] = parseXml(svg).attributes['viewBox']!.split(' ').map(Number)
  const size = ['-w', String(Math.round(width! * zoom)), '-h', String(Math.round(height! * zoom))]
  const png = execFileSync('rsvg-convert', size, {
    input: svg,
    env: { ...process.env, FONTCONFIG_FILE: join(folder, 'fonts.conf') },
    maxBuffer: 1e9
  })
  return readPicture(png)
}

const onDisk = (pdf: Uint8Array): string => {
  const path = join(workFolder(), 'figure.pdf')
  writeFileSync(path, pdf)
  return path
}

/** poppler's picture of the first page, at so many pixels a point. */
export function cairo(pdf: Uint8Array, zoom: number): Picture {
  const path = onDisk(pdf)
  const out = join(dirname(path), 'page')
  execFileSync('pdftocairo', ['-png', '-singlefile', '-r', String(72 * zoom), path, out])
  return readPicture(readFileSync(`${out}.png`))
}

export const pdfText = (pdf: Uint8Array): string =>
  execFileSync('pdftotext', ['-raw', onDisk(pdf), '-'], { encoding: 'utf8' })

export const pdfFonts = (pdf: Uint8Array): string =>
  execFileSync('pdffonts', [onDisk(pdf)], { encoding: 'utf8' })

export interface Word {
  text: string
  xMin: number
  yMin: number
  xMax: number
  yMax: number
}

/** Where poppler finds each word, in points. */
export function pdfWords(pdf: Uint8Array): Word[] {
  const path = onDisk(pdf)
  const listed = execFileSync('pdftotext', ['-bbox', path, '-'], { encoding: 'utf8' })
  // poppler writes ligatures it does not know as control characters, which are no XML.
  // eslint-disable-next-line no-control-regex
  return [...everything(parseXml(listed.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '')))]
    .filter(({ name }) => name === 'word')
    .map(({ text, attributes: at }) => ({
      ...{ text, xMin: Number(at['xMin']), yMin: Number(at['yMin']) },
      ...{ xMax: Number(at['xMax']), yMax: Number(at['yMax']) }
    }))
}

/** Compiles a document with pdflatex. Throws LaTeX's words where it fails. */
export function latex(document: string, beside: Record<string, string> = {}): Uint8Array {
  const folder = workFolder()
  for (const [name, text] of Object.entries(beside)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'figure.tex'), document)
  const args = ['-interaction=nonstopmode', '-halt-on-error', 'figure.tex']
  const { status, stdout } = spawnSync('pdflatex', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`pdflatex: ${stdout.slice(-2000)}`)
  return readFileSync(join(folder, 'figure.pdf'))
}
