import { UserError } from '@shared/errors'
import { exitCodes, type Verb } from './command'

const engines = ['native', 'wasm', 'cpu'] as const

/** Asked for by `doctor`, in a process of its own: an engine that crashes must not take the doctor along. */
export const probeEngineVerb: Verb = {
  name: 'probe-engine',
  operands: 'ENGINE',
  summary: 'start an engine and time it',
  options: { json: { type: 'boolean', help: 'Print JSON, which it always does.' } },
  hidden: true,
  async run(host, args) {
    const engine = engines.find((name) => name === args.operands[0])
    if (!engine) throw new UserError('cli.usage', `There is no engine "${args.operands[0]}".`)
    // Loaded here alone: no other verb brings TensorFlow into the command's process.
    const { probeEngine } = await import('../trainer/probe')
    host.out(`${JSON.stringify(await probeEngine(engine))}\n`)
    return exitCodes.ok
  }
}
