import { resolve } from 'node:path'
import { EngineChoice } from '@shared/events'
import { readPresets } from '../server/presets'
import { exitCodes, jsonOption, setOption, usageError } from './command'
import type { Arguments, Host, Verb } from './command'
import { chooseConfig } from './config-source'
import { engineOption } from './train'

export const importVerb: Verb = {
  name: 'import',
  operands: 'FOLDER',
  summary: 'make a run of weights or curves from elsewhere',
  details: `FOLDER holds config.json and safetensors under transformers' names (gpt2, llama, rwkv, mamba), as save_pretrained
and Grokscope's checkpoints have them. The weights become the one checkpoint of a new run, are evaluated on its data
and can be looked into like those of any other run.
Folders that come from a Grokscope checkpoint say themselves what data they were trained on; for others --config does.
Or FOLDER holds TensorBoard's event files of one run: its curves become those of a run without checkpoints. --config
says the settings that it had, --map which curve is which metric here, e.g. --map eval/ood=accuracy/test_inferred_ood.`,
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
    map: {
      type: 'string',
      multiple: true,
      value: 'TAG=METRIC',
      help: "Of TensorBoard's curves: what the curve TAG is called here. May be repeated."
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
    const { importCurveFolder, importFolder, isCurveFolder } = await import('./import-folder')
    if (isCurveFolder(source)) {
      if (!chosen) {
        throw usageError(
          importVerb,
          "TensorBoard's files do not say the settings of a run: name them with --config."
        )
      }
      const map = new Map(args.texts('map').map((text) => readMapping(text)))
      const { config } = chosen
      const id = await importCurveFolder(host, args, {
        source,
        config,
        map,
        name: args.text('name')
      })
      return showCurves(host, args, id)
    }
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

/** Says what became of the curves; the run itself ended where they were written. */
async function showCurves(host: Host, args: Arguments, id: string): Promise<number> {
  const { lookInto } = await import('./library')
  const found = await lookInto(host, args, undefined, async ({ request, folder }) => {
    const run = await request['runs.get']({ id })
    return { ...run, folder: folder(run) }
  })
  if (!found) throw new Error(`The library of ${id} has gone.`)
  if (args.flag('json')) host.out(`${JSON.stringify(found, null, 2)}\n`)
  else {
    const curves = Object.keys(found.last).length
    host.out(`Run ${id} has ${curves} curves up to step ${found.step}.\n  folder ${found.folder}\n`)
  }
  return exitCodes.ok
}

function readMapping(text: string): [tag: string, metric: string] {
  const at = text.lastIndexOf('=')
  const [tag, metric] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || metric === '' || metric.length > 200) {
    throw usageError(importVerb, `--map needs TAG=METRIC, not "${text}".`)
  }
  return [tag, metric]
}
