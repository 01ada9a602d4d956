/**
 * A cluster: a host that the user reaches with ssh and that runs Slurm. A profile is data, one JSON file in the
 * library (clusters/NAME.json); it names a host of the user's own ssh configuration and holds nothing secret.
 */
import { z } from 'zod'
import { UserError, type FieldIssue } from './errors'

const text = (label: string, help: string, schema: z.ZodString, fallback = '') =>
  schema.default(fallback).meta({ label, help })

/** One line, as it stands in a batch script after #SBATCH or in ssh's arguments. */
const oneLine = z
  .string()
  .trim()
  .max(300)
  .regex(/^[^\n\r]*$/, 'takes one line')

/** A word that Slurm takes as the value of an option. */
const word = z
  .string()
  .trim()
  .max(100)
  .regex(/^[\w.:,+@-]*$/, 'takes letters, digits and . : , + @ _ -')

export const ClusterName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'takes small letters, digits and hyphens')

export const ClusterProfile = z.strictObject({
  version: z.literal(1).default(1),
  name: ClusterName.meta({
    label: 'Name',
    help: 'What the cluster is called here: small letters, digits, hyphens.'
  }),
  host: oneLine
    .min(1, 'is needed')
    .regex(/^[^\s-]\S*$/, 'takes a host name without blanks')
    .meta({
      label: 'SSH host',
      help: 'A host of your own ~/.ssh/config, or user@address. Jump hosts, keys and agents of that file are used.'
    }),
  sshConfig: text(
    'SSH configuration',
    'A file to use instead of ~/.ssh/config; usually empty.',
    oneLine
  ),
  folder: oneLine
    .min(1, 'is needed')
    .regex(/^(\/|~\/)/, 'is a path from / or ~/')
    .default('~/grokscope')
    .meta({
      label: 'Work folder',
      help: 'A folder on a file system that login and compute nodes share. It is made if it is missing.'
    }),
  partition: text('Partition', "Empty: the cluster's default.", word),
  account: text('Account', 'Empty: your default account.', word),
  timeLimit: z
    .string()
    .trim()
    .regex(
      /^(\d+|\d+:\d\d|\d+:\d\d:\d\d|\d+-\d+(:\d\d){0,2})$/,
      'takes minutes, hours:minutes:seconds or days-hours'
    )
    .default('4:00:00')
    .meta({
      label: 'Time limit',
      help: 'Of one job, as Slurm writes it. A run that needs more writes a checkpoint shortly before and goes on in the next job.'
    }),
  noticeSeconds: z.int().min(10).max(3600).default(120).meta({
    label: 'Notice before the limit',
    help: 'How long before the time limit runs write their checkpoints.',
    unit: 's',
    advanced: true
  }),
  gpus: z
    .int()
    .min(0)
    .max(16)
    .default(0)
    .meta({ label: 'GPUs per job', help: '0: processors only.' }),
  cpus: z
    .int()
    .min(1)
    .max(256)
    .default(2)
    .meta({ label: 'CPUs per job', help: 'Shared by the runs of the job.' }),
  memoryGb: z
    .number()
    .min(0)
    .max(4096)
    .default(4)
    .meta({ label: 'Memory per job', help: "0: the cluster's default.", unit: 'GB' }),
  runsPerJob: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta({ label: 'Runs per job', help: 'Small runs that share one job, side by side.' }),
  jobsAtOnce: z.int().min(0).max(10_000).default(0).meta({
    label: 'Jobs at once',
    help: 'At most so many of a study run at a time; 0: as Slurm sees fit.'
  }),
  sbatch: z.string().max(4000).default('').meta({
    label: 'Further sbatch options',
    help: 'One per line, as they stand after #SBATCH: --constraint=a100.',
    advanced: true
  }),
  environment: z.string().max(8000).default('').meta({
    label: 'Environment',
    help: 'Shell lines that each job runs first, such as module load or export.',
    advanced: true
  })
})
export type ClusterProfile = z.infer<typeof ClusterProfile>
export type ClusterProfileInput = z.input<typeof ClusterProfile>

/**
 * Parses a profile, filling in defaults.
 * @throws {UserError} `cluster.profile` with one issue per refused field
 */
export function parseClusterProfile(input: unknown): ClusterProfile {
  const result = ClusterProfile.safeParse(input)
  if (result.success) return result.data
  const issues = result.error.issues.flatMap((issue): FieldIssue[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: key,
          message: `is not a setting; known are ${Object.keys(ClusterProfile.shape).join(', ')}`
        }))
      : [{ path: issue.path.join('.'), message: issue.message }]
  )
  const first = issues[0]!
  throw new UserError(
    'cluster.profile',
    `${first.path || 'The profile'}: ${first.message}.`,
    'Change the named setting and try again.',
    issues
  )
}

/** Slurm's states that a job of ours may be seen in. */
export const ClusterJob = z.object({
  cluster: z.string(),
  /** As Slurm writes it, e.g. `1234_5`. */
  job: z.string(),
  /** PENDING, RUNNING, COMPLETING and so on, in Slurm's words. */
  state: z.string(),
  /** Why it waits, in Slurm's words; '' where it runs. */
  reason: z.string(),
  node: z.string(),
  /** As Slurm writes it: days-hours:minutes:seconds. */
  timeLeft: z.string(),
  /** When Slurm expects it to start; '' where it does not say. */
  expectedStart: z.string(),
  runs: z.array(z.string())
})
export type ClusterJob = z.infer<typeof ClusterJob>

/** What the connection is doing. A question is what ssh asks: a password, a second factor, a host key. */
export const ClusterStatus = z.object({
  profile: ClusterProfile,
  connection: z.enum(['idle', 'connecting', 'up', 'down']),
  error: z.string().nullable(),
  /** When the next try is due, Unix milliseconds; null while none is planned. */
  nextTryAt: z.number().nullable(),
  question: z.object({ id: z.string(), prompt: z.string() }).nullable(),
  /** Runs of this library there that have not come to an end, or have not wholly arrived here. */
  active: z.array(z.string()),
  /** When Slurm was last asked, Unix milliseconds. */
  lookedAt: z.number().nullable(),
  /** False where another window or command that has the library open looks after it. */
  here: z.boolean(),
  jobs: z.array(ClusterJob)
})
export type ClusterStatus = z.infer<typeof ClusterStatus>

/** One link of the chain from here to a running job. */
export const ClusterLink = z.object({
  name: z.string(),
  state: z.enum(['good', 'warning', 'bad', 'unknown']),
  found: z.string(),
  /** What to do; '' where nothing is to be done. */
  cure: z.string()
})
export type ClusterLink = z.infer<typeof ClusterLink>
