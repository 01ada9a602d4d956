/** All clusters of a library: their lanes, the questions of their logins, and the requests about them. */
import { join } from 'node:path'
import { ClusterStatus, parseClusterProfile, type ClusterProfile } from '@shared/cluster'
import { activeStates, type RequestHandlers } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { TrainerCommand } from '@shared/events'
import type { RunRecord } from '../store/store'
import { readJson, writeWhole } from '../server/folders'
import { makeBundle, type Bundle } from './bundle'
import { checkCluster } from './check'
import type { ConnectionOptions } from './connection'
import type { Desk } from './desk'
import { createLane, type Lane } from './lane'
import { openLaneLock, type LaneLock } from './lane-lock'
import { giveCommand } from './orders'
import { clustersFolder, listProfiles, readProfile, removeProfile, writeProfile } from './profiles'
import { quote } from './quote'

/** How a server looks after clusters; left out, it does not. */
export interface ClusterSettings {
  /** Folder of package.json, out and node_modules, from which the trainer is brought. */
  root: string
  way: ConnectionOptions['way']
  /** Between rounds, milliseconds; 30,000 is polite. */
  pollMs: number
  /** Answers what a login asks in place of the clients; null: nobody does. Left out, clients are asked. */
  ask?: ConnectionOptions['ask'] | undefined
}

type Methods = Extract<keyof RequestHandlers, `clusters.${string}`>

export interface Clusters {
  handlers: Pick<RequestHandlers, Methods>
  /** Whether a profile is known. @throws {UserError} `cluster.unknown` */
  assertKnown(name: string): void
  /** Takes commands for a run that is trained on a cluster. */
  commands(run: RunRecord): { command(command: TrainerCommand): void }
  /** Something was queued or commanded, here or by another process. */
  poke(): void
  close(): Promise<void>
}

const nothingKnown = {
  connection: 'idle' as const,
  error: null,
  nextTryAt: null,
  lookedAt: null,
  active: [] as string[],
  jobs: []
}

interface Question {
  id: string
  prompt: string
  answer: (text: string | null) => void
}

export interface ClustersHost extends Pick<
  Desk,
  'library' | 'store' | 'runFolder' | 'read' | 'change' | 'progress' | 'log' | 'now'
> {
  settings: ClusterSettings | null
  /** Tells clients to ask again. */
  told: () => void
}

const statusFile = (library: string, name: string): string =>
  join(clustersFolder(library), name, 'status.json')

export function createClusters(host: ClustersHost): Clusters {
  const { library, store, settings, told, log } = host
  const lanes = new Map<string, Lane>()
  const locks = new Map<string, LaneLock>()
  const questions = new Map<string, Question>()
  let asked = 0
  let bundle: Promise<Bundle> | null = null
  let closed = false

  const askClients =
    (name: string) =>
    (prompt: string): Promise<string | null> =>
      new Promise((resolve) => {
        const id = `${name}.${++asked}`
        const answer = (text: string | null): void => {
          questions.delete(name)
          resolve(text)
          told()
        }
        questions.get(name)?.answer(null)
        questions.set(name, { id, prompt, answer })
        told()
      })

  /** Gathered and hashed once; what could not be gathered is tried again. */
  function theBundle(): Promise<Bundle> {
    const made = (bundle ??= makeBundle(settings!.root))
    made.catch(() => (bundle = null))
    return made
  }

  function lockOf(name: string): LaneLock {
    const known = locks.get(name) ?? openLaneLock(join(clustersFolder(library), name))
    locks.set(name, known)
    return known
  }

  /** The lane of a profile as it is now. @throws {UserError} `cluster.away` where this server has none */
  function laneOf(name: string): Lane {
    const profile = readProfile(library, name)
    if (!settings || closed) {
      throw new UserError(
        'cluster.away',
        'This server does not look after clusters.',
        'Open the app, or use grokscope cluster.'
      )
    }
    const known = lanes.get(name)
    if (known && JSON.stringify(known.profile) === JSON.stringify(profile)) return known
    if (known) void known.close()
    const lane: Lane = createLane(profile, {
      ...host,
      ...settings,
      ask: settings.ask === undefined ? askClients(name) : settings.ask,
      bundle: theBundle,
      lock: lockOf(name),
      changed: () => tell(name)
    })
    lanes.set(name, lane)
    return lane
  }

  function tell(name: string): void {
    const lane = lanes.get(name)
    if (lane && !closed && lockOf(name).take()) {
      writeWhole(statusFile(library, name), statusOf(lane.profile))
    }
    told()
  }

  /** As this server knows it, or as the one that looks after it has written it down. */
  function statusOf(profile: ClusterProfile): ClusterStatus {
    const { name } = profile
    const { id, prompt } = questions.get(name) ?? {}
    const question = id === undefined || prompt === undefined ? null : { id, prompt }
    const lane = lanes.get(name)
    if (lane && lockOf(name).take()) return { ...lane.status(), profile, question, here: true }
    const kept = readJson(statusFile(library, name), ClusterStatus) ?? nothingKnown
    const ordered = activeOn(name).map((run) => run.id)
    const active = [...new Set([...ordered, ...kept.active])]
    const here = !lockOf(name).isElsewhere()
    return { ...kept, active, connection: 'idle', profile, question, here }
  }

  const activeOn = (name: string): RunRecord[] =>
    store.runsIn(activeStates).filter(({ cluster }) => cluster === name)

  function poke(): void {
    if (!settings || closed) return
    const wanted = new Set(store.runsIn(activeStates).flatMap(({ cluster }) => cluster ?? []))
    for (const name of [...wanted, ...lanes.keys()]) {
      try {
        laneOf(name).poke()
      } catch (error) {
        // A run whose profile was removed waits until there is one of that name.
        if (!(error instanceof UserError)) throw error
      }
    }
  }

  const handlers: Clusters['handlers'] = {
    'clusters.list': () => listProfiles(library, log).map(statusOf),

    'clusters.save': ({ profile: input }) => {
      const profile = parseClusterProfile(input)
      writeProfile(library, profile)
      poke()
      told()
      return profile
    },

    'clusters.remove': async ({ name }) => {
      readProfile(library, name)
      const active = activeOn(name)
      if (active.length > 0) {
        throw new UserError(
          'cluster.inUse',
          `${active.length} ${active.length === 1 ? 'run is' : 'runs are'} on ${name}.`,
          'Stop them first, or let them end.'
        )
      }
      await lanes.get(name)?.close()
      lanes.delete(name)
      removeProfile(library, name)
      told()
      return {}
    },

    'clusters.check': ({ name }) => {
      const { profile, connection } = laneOf(name)
      return checkCluster(profile, connection, { bundle: theBundle })
    },

    'clusters.look': async ({ name }) => {
      await laneOf(name).round()
      return statusOf(readProfile(library, name))
    },

    'clusters.answer': ({ id, answer }) => {
      for (const question of questions.values()) if (question.id === id) question.answer(answer)
      return {}
    },

    'clusters.cancel': async ({ id }) => {
      const { cluster } = onCluster(store.run(id), id)
      const lane = laneOf(cluster)
      const job = lane.status().jobs.find(({ runs }) => runs.includes(id))
      if (!job) {
        throw new UserError(
          'cluster.noJob',
          `Slurm on ${cluster} knows no job of this run.`,
          'Look again in a moment: grokscope cluster jobs.'
        )
      }
      await lane.connection.must(`scancel ${quote(job.job)}`)
      lane.poke()
      return { job: job.job }
    },

    'clusters.log': async ({ id }) => {
      const { cluster } = onCluster(store.run(id), id)
      return { text: await laneOf(cluster).log(id) }
    }
  }

  return {
    handlers,
    assertKnown: (name) => void readProfile(library, name),
    commands: ({ id }) => ({
      command(command) {
        giveCommand(host.runFolder(id), command)
        // Another process may look after the cluster: it hears of a change in the history.
        host.change(id, () => ({}))
        poke()
      }
    }),
    poke,
    async close() {
      closed = true
      for (const question of questions.values()) question.answer(null)
      await Promise.all([...lanes.values()].map((lane) => lane.close()))
      for (const lock of locks.values()) lock.release()
    }
  }
}

function onCluster(run: RunRecord | undefined, id: string): { cluster: string } {
  if (run?.cluster) return { cluster: run.cluster }
  throw new UserError(
    'cluster.notThere',
    `Run "${run?.name ?? id}" is not on a cluster.`,
    'See grokscope cluster jobs.'
  )
}
