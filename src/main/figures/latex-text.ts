/** Any text as LaTeX, for every engine from pdflatex on. */

const commands: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '%': '\\%',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '…': '\\ldots{}',
  '–': '--',
  '—': '---',
  '−': '\\ensuremath{-}',
  '±': '\\ensuremath{\\pm}',
  '×': '\\ensuremath{\\times}',
  '·': '\\ensuremath{\\cdot}',
  '≤': '\\ensuremath{\\leq}',
  '≥': '\\ensuremath{\\geq}',
  '≈': '\\ensuremath{\\approx}',
  '≠': '\\ensuremath{\\neq}',
  '→': '\\ensuremath{\\rightarrow}',
  '∞': '\\ensuremath{\\infty}',
  '√': '\\ensuremath{\\surd}',
  '∑': '\\ensuremath{\\sum}'
}

const greek =
  'αalpha βbeta γgamma δdelta εepsilon ζzeta ηeta θtheta κkappa λlambda μmu νnu ξxi πpi ρrho σsigma τtau φphi χchi ψpsi ωomega ΔDelta ΣSigma ΦPhi ΩOmega'
const letters = Object.fromEntries(
  greek.split(' ').map((pair) => [pair[0]!, `\\ensuremath{\\${pair.slice(1)}}`])
)
const [superscripts, subscripts] = ['⁰¹²³⁴⁵⁶⁷⁸⁹', '₀₁₂₃₄₅₆₇₈₉']

const known: Readonly<Record<string, string>> = { ...commands, ...letters }

export function latexText(text: string): string {
  const written = [...text]
    .map((character) => {
      const [up, down] = [superscripts.indexOf(character), subscripts.indexOf(character)]
      if (up >= 0) return `\\ensuremath{^{${up}}}`
      if (down >= 0) return `\\ensuremath{_{${down}}}`
      if (character === '⁻') return '\\ensuremath{^{-}}'
      // Control characters mean nothing on paper, and LaTeX refuses them.
      if (character < ' ' || character === '\x7f') return ' '
      return known[character] ?? character
    })
    .join('')
  // After \\ or \item these would be taken for an option.
  return /^[[*]/.test(written) ? `{}${written}` : written
}
