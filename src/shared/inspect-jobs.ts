/** The names of the inspect jobs, and what each is. */

/** What each job is, where people read. */
export const inspectJobs = {
  predictions: {
    title: 'Predictions',
    summary: 'Likeliest tokens, margins, wrong rows first, errors by distance of the values'
  },
  attention: {
    title: 'Attention',
    summary: 'Who reads from where: attention patterns, or effective attention and state'
  },
  'logit-lens': {
    title: 'Logit lens',
    summary:
      'What the residual stream says after each layer: ranks of values, labels and the answer'
  },
  'causal-trace': {
    title: 'Causal tracing',
    summary: 'Which states decide the answer: interchange with a minimally changed prompt'
  },
  weights: {
    title: 'Weights',
    summary: 'Norms, histograms, singular values, effective rank, the update between checkpoints'
  },
  embeddings: {
    title: 'Embeddings',
    summary: 'Principal components of token embeddings and their nearest neighbours'
  },
  fourier: {
    title: 'Fourier',
    summary: 'Modular addition: power per frequency, key frequencies, restricted and excluded loss'
  }
} as const satisfies Record<string, { title: string; summary: string }>
export type InspectJobName = keyof typeof inspectJobs
export const inspectJobNames = Object.keys(inspectJobs) as InspectJobName[]

/** Jobs with numbers that make sense as curves: a run can have them done at every checkpoint. */
export const measuredJobNames = inspectJobNames.filter((job) => job !== 'attention')
