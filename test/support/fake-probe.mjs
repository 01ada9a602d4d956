/**
 * An engine that breaks, forked as the trainer is for a probe. `FAKE_PROBE` names how: `works`, `refuses`, `hangs`,
 * `crashes` (by a signal, as a missing instruction would) or `ends` (without an answer, after words).
 */
const behaviour = process.env['FAKE_PROBE'] ?? 'works'

process.on('message', (/** @type {any} */ message) => {
  if (message.type !== 'probe') return
  const name = message.engine
  const works = {
    type: 'works',
    name,
    version: '1.0',
    detail: 'no engine',
    device: 'cpu',
    gflops: 7
  }
  const refuses = { type: 'refused', message: 'It is not installed.', hint: 'Install it.' }
  switch (behaviour) {
    case 'hangs':
      return void setInterval(() => undefined, 1000)
    case 'crashes':
      return process.kill(process.pid, 'SIGILL')
    case 'ends':
      process.stderr.write('a first line\nterminate called\n', () => process.exit(134))
      return
    default:
      process.stderr.write('a note of its library\n')
      process.send?.(behaviour === 'refuses' ? refuses : works)
      setTimeout(() => process.exit(0), 50)
  }
})
