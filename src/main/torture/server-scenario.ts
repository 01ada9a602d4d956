/** The server, and by chance its trainer with it, killed while a run is ordered, trained and taken in. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { events, requests } from '@shared/contract'
import type { MetricValue } from '@shared/events'
import { connect } from '@shared/rpc'
import { childPort } from '../ports'
import { isAlive, ProcessName } from '../processes'
import { compareRuns, measured } from '../proof/compare-runs'
import { recordedIn } from '../proof/killed-training'
import { historyFile } from '../server/history'
import { loadSqlite, faultOf } from '../store/sqlite'
import { openRound, type Bench, type Scenario } from './scenario'
import { tinyRun } from './tiny-runs'

const steps = 120
const kills = 3
const patienceMs = 120_000

function startServer({ built, clock }: Bench, library: string) {
  const presetsFolder = join(library, 'presets')
  mkdirSync(presetsFolder, { recursive: true })
  const child = fork(join(built, 'server.js'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  const port = childPort(child)
  const trainerEntry = join(built, 'trainer.js')
  port.post({
    type: 'start',
    options: { library, version: 'torture', presetsFolder, trainerEntry }
  })
  const until = async (look: () => Promise<boolean>): Promise<void> => {
    for (const from = clock(); !(await look()); await delay(20)) {
      if (clock() - from > patienceMs) throw new Error('The server does not come to an end.')
    }
  }
  return { child, until, ...connect(port, requests, events) }
}

/** Kills the process that trains in a folder, if one does. */
function killTrainer(folder: string): boolean {
  const file = join(folder, 'trainer.json')
  if (!existsSync(file)) return false
  try {
    const name = ProcessName.parse(JSON.parse(readFileSync(file, 'utf8')))
    // Only ever one of this library's own.
    if (!isAlive(name)) return false
    process.kill(name.pid, 'SIGKILL')
    return true
  } catch {
    // It ended between the look and the kill.
    return false
  }
}

export const serverScenario: Scenario = {
  name: 'server',
  what: 'the server, and every second time its trainer too, while a run is trained and taken in',
  async open(bench) {
    const config = tinyRun(steps, 7)
    const calmLibrary = join(bench.scratch, 'calm')
    const calm = startServer(bench, calmLibrary)
    const from = bench.clock()
    const { id: calmId } = await calm.request['runs.create']({ config, engine: 'cpu' })
    await calm.until(
      async () => (await calm.request['runs.get']({ id: calmId })).state === 'finished'
    )
    const wholeMs = bench.clock() - from
    calm.child.disconnect()
    await once(calm.child, 'exit')
    const calmFolder = join(calmLibrary, 'runs', calmId)

    return async (number) => {
      const round = openRound()
      const library = join(bench.scratch, `round-${number}`)
      const acknowledged = new Map<string, MetricValue>()
      let server = startServer(bench, library)
      const listen = (): void =>
        void server.on('metrics.appended', ({ rows }) => {
          for (const { step, values } of rows) {
            for (const [name, value] of Object.entries(values)) {
              acknowledged.set(`step ${step}, ${name}`, value)
            }
          }
        })
      listen()
      const { id } = await server.request['runs.create']({ config, engine: 'cpu' })
      const folder = join(library, 'runs', id)
      for (let i = 0; i < kills; i++) {
        await delay(bench.rng.uniform() * wholeMs)
        if (bench.rng.uniform() < 0.5 && killTrainer(folder)) round.kills++
        server.child.kill('SIGKILL')
        await once(server.child, 'exit')
        round.kills++
        const db = new (loadSqlite(undefined))(historyFile(library))
        const fault = faultOf(db, 'integrity_check')
        db.close()
        round.check(fault === null, `after kill ${i + 1} the history is damaged: ${fault}`)
        server = startServer(bench, library)
        listen()
        const known = await server.request['runs.list']({})
        round.check(known.length === 1, `after kill ${i + 1} there are ${known.length} runs`)
      }
      await server.until(async () => {
        const { state, error } = await server.request['runs.get']({ id })
        // Killed twice before a checkpoint it waits for the user, as it should.
        if (state === 'interrupted') await server.request['runs.control']({ id, command: 'resume' })
        if (state === 'failed') throw new Error(error ?? 'failed')
        return state === 'finished'
      })
      const [series] = await server.request['metrics.series']({
        ...{ id, names: ['batchLoss'], scale: 'linear', columns: 4000 }
      })
      server.child.disconnect()
      await once(server.child, 'exit')

      const final = measured(recordedIn(folder))
      for (const [name, value] of acknowledged) {
        round.check(final.get(name) === value, `${name} = ${value} was told and is lost`)
      }
      for (const [step, value] of series!.points) {
        round.check(
          final.get(`step ${step}, batchLoss`) === value,
          `step ${step} in the history differs`
        )
      }
      round.check(series!.points.length === steps, `the history has ${series!.points.length} steps`)
      const { compared, differences } = compareRuns(calmFolder, folder, true)
      round.checks += compared.values + 3 * compared.checkpoints
      round.faults.push(...differences)
      return round
    }
  }
}
