import type { Reporter, TestModule } from 'vitest/node'

/** Prints the plain closing line that any CI can read: `tests: N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state === 'pending' ? 'skipped' : state] += 1
      }
      // A file that could not be loaded holds no test to count, but it has failed.
      if (module.state() === 'failed' && module.errors().length > 0) count.failed += 1
    }
    count.failed += unhandled.length
    // After the default reporter's summary, as the very last line.
    process.once('exit', () => {
      const { passed, failed, skipped } = count
      process.stdout.write(`\ntests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`)
    })
  }
}
