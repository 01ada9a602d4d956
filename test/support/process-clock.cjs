// Loaded into a trainer before everything else (node --require): beside each reading of the clock it notes the processor
// time that the process had used by then. On a machine that has other work too, that is the clock of a run of one thread.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- node --require takes CommonJS
const { writeFileSync } = require('node:fs')

if (/trainer\.js$/.test(process.argv[1] ?? '')) {
  const real = Date.now
  /** @type {[at: number, processorMs: number][]} */
  const readings = []
  Date.now = () => {
    const at = real()
    const { user, system } = process.cpuUsage()
    const last = readings.at(-1)
    // Of one millisecond the last reading counts.
    if (last?.[0] === at) last[1] = (user + system) / 1000
    else readings.push([at, (user + system) / 1000])
    return at
  }
  process.on('exit', () =>
    writeFileSync(process.env['CLOCK_FILE'] ?? 'clock.json', JSON.stringify(readings))
  )
}
