import { detachOption } from './cluster-options'
import { runAction, type Actions } from './actions'
import { jsonOption, setOption, usageError, type Arguments, type Verb } from './command'

const actions: Actions = {
  list: async (host, args) => (await import('./cluster-profiles')).listClusters(host, args),
  add: async (host, args) => (await import('./cluster-profiles')).addCluster(host, args),
  show: async (host, args) => (await import('./cluster-profiles')).showCluster(host, args),
  remove: async (host, args) => (await import('./cluster-profiles')).removeCluster(host, args),
  check: async (host, args) => (await import('./cluster-check')).checkProfile(host, args),
  jobs: async (host, args) => (await import('./cluster-jobs')).showJobs(host, args),
  log: async (host, args) => (await import('./cluster-jobs')).showLog(host, args),
  pause: async (host, args) => (await import('./cluster-jobs')).commandRun(host, args),
  resume: async (host, args) => (await import('./cluster-jobs')).commandRun(host, args),
  checkpoint: async (host, args) => (await import('./cluster-jobs')).commandRun(host, args),
  stop: async (host, args) => (await import('./cluster-jobs')).commandRun(host, args),
  cancel: async (host, args) => (await import('./cluster-jobs')).commandRun(host, args)
}

export const cluster: Verb = {
  name: 'cluster',
  operands: 'ACTION [NAME|RUN]',
  summary: 'train on a Slurm cluster that you reach with ssh',
  details: `ACTION is one of
  list                 the profiles of this library, and what is known of their jobs
  add NAME|FILE        write a profile: from --host and --set, or from a JSON file; one of the same name is replaced
  show NAME            print a profile
  remove NAME          forget a profile; nothing on the cluster is touched
  check NAME           try every link from here to a running job, and say what to do where one breaks
  jobs [NAME]          ask the cluster now, take in what is new, and list jobs, nodes and reasons for waiting
  log RUN              the last lines of a run's job
  pause RUN, resume RUN, checkpoint RUN, stop RUN
                       as in the app; resume also submits a run again that failed or was cut off
  cancel RUN           take its job from Slurm, with every run that shares it
Train there with grokscope study run STUDY --on NAME, or grokscope train CONFIG --on NAME. Connections are made by
your own ssh with your own ~/.ssh/config; a password or second factor is asked for here. docs/cluster.md has an example.`,
  options: {
    host: { type: 'string', value: 'HOST', help: 'add: the host as ssh knows it.' },
    set: {
      ...setOption,
      help: 'add: a setting of the profile, e.g. --set partition=gpu --set gpus=1. May be repeated.'
    },
    detach: {
      ...detachOption,
      help: 'pause, stop and the like: do not wait until the cluster has it.'
    },
    json: jsonOption
  },
  run: (host, args) => runAction(cluster, actions, host, args)
}

/** The second word of `cluster ACTION NAME`. @throws {UserError} `cli.usage` where it is missing */
export function clusterOperand(args: Arguments, what: string): string {
  const name = args.operands[1]
  if (name !== undefined) return name
  throw usageError(cluster, `cluster ${args.operands[0]} needs ${what}.`)
}
