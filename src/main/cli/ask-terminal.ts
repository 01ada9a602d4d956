/** A question at the terminal whose answer is not shown: a password, or the code of a second factor. */

/** @returns the line that was typed, null after Ctrl-C or where the terminal was closed */
export function askTerminal(prompt: string): Promise<string | null> {
  const { stdin, stderr } = process
  stderr.write(`${prompt.trimEnd()} `)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve) => {
    let typed = ''
    const settle = (answer: string | null): void => {
      stdin.off('data', take)
      stdin.off('end', close)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      resolve(answer)
    }
    const close = (): void => settle(null)
    const take = (text: string): void => {
      for (const character of text) {
        if (character === '\r' || character === '\n') return settle(typed)
        if (character === '\u0003' || character === '\u0004') return settle(null)
        // Backspace and delete.
        if (character === '\u0008' || character === '\u007f') typed = typed.slice(0, -1)
        else typed += character
      }
    }
    stdin.on('data', take)
    stdin.on('end', close)
  })
}
