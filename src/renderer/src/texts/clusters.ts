/** What the page says about clusters. */
import type { ClusterLink, ClusterStatus } from '@shared/cluster'
import { plural } from '../format'

export const clusterTexts = {
  title: 'Clusters',
  target: { label: 'Train on', here: 'this computer' },
  intro:
    'Train studies on a Slurm cluster that you reach with ssh. Nothing is installed there but a folder of yours; your own ssh connects, and curves arrive here.',
  add: 'Add a cluster',
  edit: 'Edit',
  editTitle: (name: string): string => `Edit ${name}`,
  save: 'Save',
  remove: 'Remove',
  removed: (name: string): string => `${name} is forgotten here; its work folder stays.`,
  saved: (name: string): string => `${name} is saved.`,
  advanced: 'Further settings',
  check: 'Check',
  checking: 'Checking',
  checkTitle: (name: string): string => `From here to a job on ${name}`,
  linkStates: {
    good: 'good',
    warning: 'warning',
    bad: 'broken',
    unknown: 'not tried'
  } satisfies Record<ClusterLink['state'], string>,
  look: 'Look now',
  looking: 'Looking',
  connections: {
    idle: 'not connected',
    connecting: 'connecting',
    up: 'connected',
    down: 'connection lost'
  } satisfies Record<ClusterStatus['connection'], string>,
  elsewhere: 'looked after by another Grokscope',
  lookedAt: (when: string): string => `last look ${when}`,
  nextTry: (when: string): string => `next try in ${when}`,
  active: (n: number): string => `${plural(n, 'run')} there`,
  noJobs: 'No jobs of this library there.',
  unsubmitted: (n: number): string => `${plural(n, 'run')} waiting to be submitted or fetched.`,
  columns: {
    job: 'Job',
    state: 'Slurm',
    runs: 'Run',
    step: 'Step',
    node: 'Node',
    left: 'Time left',
    waits: 'Waits for'
  },
  from: (when: string): string => `expected ${when.replace('T', ' ')}`,
  log: 'Log',
  logOf: (name: string): string => `Last lines of ${name}`,
  noLog: 'The job has not said anything yet.',
  cancel: 'Cancel',
  cancelled: (job: string): string => `Job ${job} is cancelled.`,
  question: (name: string): string => `${name} asks`,
  answer: 'Answer',
  giveUp: 'Not now',
  notStored: 'It goes to ssh and is not stored.'
}
