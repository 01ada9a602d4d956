/** @typedef {import('./machine.mjs').Machine} Machine */

/** Linux drivers that run any CUDA 12 (NVIDIA, "CUDA Compatibility"); src/main/doctor says the same in words. */
const OLDEST_DRIVER = 525
const ANSWER_LIMIT_MS = 5000

/**
 * The first NVIDIA card that the driver lists, if it can run the engine's GPU build. The driver is asked in a
 * process of its own, for a limited time: a broken one hangs.
 * @param {Machine} machine
 * @returns {Promise<string | undefined>} its name
 */
export async function usableCard(machine) {
  const program = machine.find(['nvidia-smi'])
  if (!program || machine.platform !== 'linux' || machine.arch !== 'x64') return undefined
  const { code, stdout } = await machine.run(
    program,
    ['--query-gpu=name,driver_version', '--format=csv,noheader'],
    { timeoutMs: ANSWER_LIMIT_MS }
  )
  const [, name, driver] = /^(.+), (\d+)\./m.exec(stdout) ?? []
  return code === 0 && Number(driver) >= OLDEST_DRIVER ? name : undefined
}
