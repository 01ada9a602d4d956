import { jsonOption, type Verb } from './command'
import { tensorboardOption } from './train'

export const resume: Verb = {
  name: 'resume',
  operands: 'RUN',
  summary: 'go on with a run from its newest checkpoint',
  details: `RUN is a run's id, the beginning of it, or the run's name.
A resumed run goes on exactly as if it had never stopped.`,
  options: { tensorboard: tensorboardOption, json: jsonOption },
  async run(host, args) {
    const { findRun } = await import('./library')
    const { trainHere } = await import('./training')
    return trainHere(host, args, async (request) => {
      const { id } = findRun(await request['runs.list']({}), args.operands[0]!)
      await request['runs.control']({ id, command: 'resume' })
      return id
    })
  }
}
