import { aptInstall } from './browser.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */

/**
 * Programs that read figures as others will: librsvg and poppler.
 * @param {Machine} machine
 * @returns {Promise<string | undefined>} why there are none; undefined where there are
 */
export const ensureFigureReaders = (machine) =>
  ensurePrograms(
    machine,
    ['rsvg-convert', 'pdftotext', 'pdftocairo', 'pdffonts'],
    ['librsvg2-bin', 'poppler-utils']
  )

/**
 * LaTeX with pgfplots and booktabs.
 * @param {Machine} machine
 * @returns {Promise<string | undefined>} why there is none; undefined where there is
 */
export const ensureLatex = (machine) =>
  ensurePrograms(
    machine,
    ['pdflatex'],
    ['texlive-latex-base', 'texlive-pictures', 'texlive-latex-recommended']
  )

/**
 * @param {Machine} machine
 * @param {string[]} programs all of which are wanted
 * @param {string[]} packages Debian's, in which they come
 */
async function ensurePrograms(machine, programs, packages) {
  const missing = () => programs.filter((program) => !machine.find([program]))
  if (missing().length === 0) return undefined
  const problem = await aptInstall(machine, packages)
  const names = missing()
  if (names.length === 0) return undefined
  return `No ${names.join(', ')} on the PATH: ${problem ?? 'they are not in the packages.'}`
}
