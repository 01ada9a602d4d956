/** Words for the far end's shell. Everything that goes there from outside passes through here. */

/** A text as one word of a POSIX shell, whatever it holds; NUL, which no argument can carry, is refused. */
export function quote(text: string): string {
  if (text.includes('\0')) throw new Error('a shell word cannot hold NUL')
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A path as one word; one that begins with `~/` starts from the home folder. */
export const quotePath = (path: string): string =>
  path === '~' || path.startsWith('~/') ? `"$HOME"${quote(path.slice(1))}` : quote(path)

/** A command with its arguments. */
export const command = (...words: readonly string[]): string => words.map(quote).join(' ')
