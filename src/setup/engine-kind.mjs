/**
 * Which engine a command line asks for: --cuda, --cpu, or the best that this machine can use.
 * @param {readonly string[]} args
 * @returns {'cpu' | 'cuda' | 'auto'}
 */
export function chosenKind(args) {
  if (args.includes('--cuda')) return 'cuda'
  return args.includes('--cpu') ? 'cpu' : 'auto'
}
