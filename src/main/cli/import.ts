import { resolve } from 'node:path'
import { EngineChoice } from '@shared/events'
import { readPresets } from '../server/presets'
import { jsonOption, setOption, usageError, type Verb } from './command'
import { chooseConfig } from './config-source'
import { engineOption } from './train'

export const importVerb: Verb = {
  name: 'import',
  operands: 'FOLDER',
  summary: 'make a run of weights trained elsewhere',
  details: `FOLDER holds config.json and safetensors under transformers' names (gpt2, llama, rwkv, mamba), as save_pretrained
and Grokscope's checkpoints have them. The weights become the one checkpoint of a new run, are evaluated on its data
and can be looked into like those of any other run.
Folders that come from a Grokscope checkpoint say themselves what data they were trained on; for others --config does.`,
  options: {
    config: {
      type: 'string',
      value: 'CONFIG|PRESET',
      help: 'The data that the weights were trained on, and all other settings that are known.'
    },
    set: setOption,
    step: {
      type: 'string',
      value: 'N',
      help: 'After how many steps the weights are; default: what the folder says, else 1.'
    },
    name: { type: 'string', value: 'NAME', help: 'What to call the run.' },
    engine: engineOption,
    json: jsonOption
  },
  async run(host, args) {
    const source = resolve(args.operands[0]!)
    const engine = EngineChoice.safeParse(args.text('engine') ?? 'auto').data
    if (!engine) {
      throw usageError(importVerb, `There is no engine "${args.text('engine')}".`)
    }
    const step = args.text('step')
    if (step !== undefined && !/^[1-9]\d{0,8}$/.test(step)) {
      throw usageError(importVerb, `--step needs a whole number of at least 1, not "${step}".`)
    }
    const presets = readPresets(host.paths.presets, (line) => host.err(`${line}\n`))
    const named = args.text('config')
    if (named === undefined && args.texts('set').length > 0) {
      throw usageError(importVerb, '--set changes what --config names, and there is none.')
    }
    const chosen = named === undefined ? null : chooseConfig(named, args.texts('set'), presets)
    const { importFolder } = await import('./import-folder')
    const { trainHere } = await import('./training')
    const id = await importFolder(host, args, {
      ...{ source, engine, name: args.text('name') },
      config: chosen?.config ?? null,
      step: step === undefined ? null : Number(step)
    })
    // From here on it is a run like any other that lies at its last step: it is evaluated, and has finished.
    return trainHere(host, args, async (request) => {
      await request['runs.control']({ id, command: 'resume' })
      return id
    })
  }
}
