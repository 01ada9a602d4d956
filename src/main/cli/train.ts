import type { ApiClient } from '@shared/contract'
import { EngineChoice } from '@shared/events'
import { readPresets } from '../server/presets'
import { nearestName } from '@shared/config-input'
import { detachOption, onOption, pollOption } from './cluster-options'
import { jsonOption, setOption, usageError, type Option, type Verb } from './command'
import { chooseConfig } from './config-source'

export const engineOption: Option = {
  type: 'string',
  value: 'ENGINE',
  help: 'native (TensorFlow), wasm or cpu; default: native where it is installed, else wasm.'
}

export const tensorboardOption: Option = {
  type: 'string',
  value: 'DIR',
  help: 'Write event files for TensorBoard into DIR/RUN as well, while the run goes on.'
}

export const train: Verb = {
  name: 'train',
  operands: 'CONFIG|PRESET',
  summary: 'train a run to its end',
  details: `CONFIG is a JSON file; settings it leaves out have their defaults. A run's own config.json will do.
Ctrl-C writes a checkpoint and leaves the run to be resumed; a second Ctrl-C ends it at once.
With --json, standard output carries the run's events, one JSON object a line, as they are recorded.`,
  options: {
    set: setOption,
    name: { type: 'string', value: 'NAME', help: 'What to call the run.' },
    engine: engineOption,
    tensorboard: tensorboardOption,
    eager: {
      type: 'boolean',
      help: 'On the native engine, run each operation by itself instead of replaying recorded graphs.'
    },
    on: onOption,
    detach: detachOption,
    poll: pollOption,
    json: jsonOption
  },
  async run(host, args) {
    const wanted = args.text('engine') ?? (args.flag('eager') ? 'eager' : 'auto')
    if (args.flag('eager') && !['native', 'eager'].includes(wanted)) {
      throw usageError(
        train,
        `--eager is about the native engine; ${wanted} records nothing anyway.`
      )
    }
    const engine = args.flag('eager') ? 'eager' : EngineChoice.safeParse(wanted).data
    if (!engine) {
      const near = nearestName(wanted, EngineChoice.options)
      throw usageError(
        train,
        `There is no engine "${wanted}"${near ? `; did you mean ${near}?` : ': known are native, wasm and cpu.'}`
      )
    }
    const presets = readPresets(host.paths.presets, (line) => host.err(`${line}\n`))
    // Refused before a library is made for it.
    const { config, preset } = chooseConfig(args.operands[0]!, args.texts('set'), presets)
    const name = args.text('name')
    const cluster = args.text('on')
    const order = async (request: ApiClient): Promise<string> => {
      const { id } = await request['runs.create']({
        config,
        engine,
        ...(preset !== null && { preset }),
        ...(name !== undefined && { name }),
        ...(cluster !== undefined && { cluster })
      })
      return id
    }
    if (cluster !== undefined) {
      const { trainThere } = await import('./cluster-train')
      return trainThere(host, args, cluster, order)
    }
    const { trainHere } = await import('./training')
    return trainHere(host, args, order)
  }
}
