import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { fileBytes, folderBytes, sha256OfFile } from './files.mjs'
import { formatBytes } from './progress.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./engine-pins.mjs').Wheel} Wheel */
/** @typedef {import('./engine-pins.mjs').Pins} Pins */

/** @typedef {{ command: string, args: string[], version: [number, number] }} Pip */

const BROKEN_DOWNLOAD_TRIES = 3
const OLDEST_PIP = 20
const AGAIN = 'then run `npm run engine`.'

/** In pip's output, for a pip that reached no index at all. */
const UNREACHABLE =
  /NewConnectionError|Failed to establish a new connection|ConnectTimeout|name resolution|Name or service not known|Network is unreachable|ProxyError|SSLError|Max retries exceeded|Could not fetch URL|(5\d\d) (Server|Service|Bad|Gateway)/i

/** In pip's output, for a download that began. */
const BROKEN_OFF =
  /IncompleteRead|ConnectionResetError|Connection broken|ReadTimeoutError|Read timed out|ProtocolError|ChunkedEncodingError|IncompleteDownloadError|download was incomplete/i

/**
 * Fetches one wheel with pip, which knows the user's index, proxy and certificates, and checks its
 * hash. A file that is already there with the right hash is taken as it is. A download that breaks
 * off is tried again (new pips go on where it broke off), a wrong hash once.
 * @param {Machine} machine
 * @param {Pins} pins
 * @param {Wheel} wheel
 * @param {string} folder where the wheel goes; pip's temporary files go below it too
 * @returns {Promise<string>} path of the wheel
 * @throws SetupFailure 'python', 'pip', 'network', 'index', 'disk' or 'hash'
 */
export async function fetchWheel(machine, pins, wheel, folder) {
  const path = join(folder, wheel.file)
  if (fileBytes(path) === wheel.bytes && (await sha256OfFile(path)) === wheel.sha256) return path
  rmSync(path, { force: true })
  const pip = await findPip(machine)
  let broken = 0
  let wrongHash = 0
  for (;;) {
    const result = await download(machine, pins, wheel, folder, pip)
    if (result.code !== 0) {
      const began = BROKEN_OFF.test(result.output) && !UNREACHABLE.test(result.output)
      if (began && ++broken < BROKEN_DOWNLOAD_TRIES) {
        machine.progress.say('engine', `the download of ${wheel.file} broke off: trying again`)
        continue
      }
      throw pipFailure(wheel, result.output, folder)
    }
    if (fileBytes(path) < 0) throw pipFailure(wheel, result.output, folder)
    const sha256 = await sha256OfFile(path)
    if (sha256 === wheel.sha256) return path
    rmSync(path)
    if (++wrongHash > 1) {
      throw new SetupFailure(
        'hash',
        `pip's index served ${wheel.file} twice with a wrong hash (sha256 ${sha256.slice(0, 12)}..., expected ${wheel.sha256.slice(0, 12)}...): the files were deleted; check the index and proxy in \`pip config list\`, ${AGAIN}`
      )
    }
    machine.progress.say('engine', `${wheel.file} arrived damaged: fetching it once more`)
  }
}

/**
 * The first pip that runs.
 * @param {Machine} machine
 * @returns {Promise<Pip>}
 * @throws SetupFailure 'python' or 'pip'
 */
export async function findPip(machine) {
  const python = findPython(machine)
  const candidates = [{ command: python, args: ['-m', 'pip'] }]
  const alone = machine.find(['pip3', 'pip'])
  if (alone) candidates.push({ command: alone, args: [] })
  let tooOld = ''
  for (const { command, args } of candidates) {
    const result = await machine.run(command, [...args, '--version'])
    const version = /^pip (\d+)\.(\d+)/m.exec(result.stdout)
    if (result.code !== 0 || !version) continue
    if (Number(version[1]) >= OLDEST_PIP) {
      return { command, args, version: [Number(version[1]), Number(version[2])] }
    }
    tooOld ||= version[0]
  }
  if (tooOld) {
    throw new SetupFailure(
      'pip',
      `${tooOld} is too old to be asked for a wheel of another Python: run \`${python} -m pip install --upgrade pip\`, ${AGAIN}`
    )
  }
  throw new SetupFailure(
    'pip',
    `The native engine is fetched with pip, and ${python} has none: install it (Debian and Ubuntu: apt-get install python3-pip), ${AGAIN}`
  )
}

/**
 * @param {Machine} machine
 * @returns {string} path of Python 3
 * @throws SetupFailure 'python'
 */
export function findPython(machine) {
  const python = machine.find(['python3'])
  if (python) return python
  throw new SetupFailure(
    'python',
    `The native engine is fetched and unpacked with Python 3, which is not on the PATH: install it (Debian and Ubuntu: apt-get install python3 python3-pip), ${AGAIN}`
  )
}

/**
 * @param {Machine} machine
 * @param {Pins} pins
 * @param {Wheel} wheel
 * @param {string} folder
 * @param {Pip} pip
 */
async function download(machine, pins, wheel, folder, pip) {
  // pip downloads into its temporary folder first. Ours is on the disk whose free space was checked,
  // and its growth is the progress.
  const partial = join(folder, 'partial')
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  const label = `fetching ${wheel.project} ${wheel.version}`
  machine.progress.say('engine', `${label} (${formatBytes(wheel.bytes)})`)
  const result = await machine.run(
    pip.command,
    [...pip.args, ...downloadArguments(pins, wheel, folder, pip)],
    {
      env: {
        ...machine.env,
        TMPDIR: partial,
        TEMP: partial,
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_NO_INPUT: '1'
      },
      tick: () =>
        machine.progress.update(
          'engine',
          `${label}: ${formatBytes(folderBytes(partial))} of ${formatBytes(wheel.bytes)}`
        )
    }
  )
  rmSync(partial, { recursive: true, force: true })
  return result
}

/**
 * Asks for exactly the pinned file: old Pythons and pips would otherwise look for their own.
 * @param {Pins} pins
 * @param {Wheel} wheel
 * @param {string} folder
 * @param {Pip} pip
 * @returns {string[]}
 */
export function downloadArguments(pins, wheel, folder, pip) {
  const { version, implementation, abi } = pins.python
  // file = name-version-python-abi-platform[.platform...].whl
  const platforms = String(
    wheel.file
      .replace(/\.whl$/, '')
      .split('-')
      .pop()
  ).split('.')
  return [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    // Without the dot old pips understand it too.
    ...[
      '--python-version',
      version.replace('.', ''),
      '--implementation',
      implementation,
      '--abi',
      abi
    ],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    // Ours is the cache: pip's own would keep every wheel a second time.
    '--no-cache-dir',
    '--progress-bar=off',
    // A network that swallows packets costs three timeouts, not six.
    '--retries=2',
    ...(pip.version[0] > 25 || (pip.version[0] === 25 && pip.version[1] >= 1)
      ? ['--resume-retries=5']
      : []),
    ...['--dest', folder],
    `${wheel.project}==${wheel.version}`
  ]
}

/**
 * @param {Wheel} wheel
 * @param {string} output of pip
 * @param {string} folder
 */
function pipFailure(wheel, output, folder) {
  if (/No space left on device|Errno 28|Disk quota exceeded/i.test(output)) {
    return new SetupFailure(
      'disk',
      `The disk filled up while ${wheel.file} (${formatBytes(wheel.bytes)}) was fetched into ${folder}: free some space or set GROKSCOPE_CACHE to a folder on a larger disk, ${AGAIN}`
    )
  }
  // A pip without network says "no matching distribution" too, after its warnings: network first.
  if (UNREACHABLE.test(output) || BROKEN_OFF.test(output)) {
    return new SetupFailure(
      'network',
      `pip could not fetch ${wheel.project} ${wheel.version}, the connection to its index failed (${lastError(output)}): check the network, and index and proxy in \`pip config list\`, ${AGAIN}`
    )
  }
  return new SetupFailure(
    'index',
    `pip's index does not offer ${wheel.file} (${lastError(output)}): point pip at an index that mirrors PyPI (\`pip config list\` shows the one in use), ${AGAIN}`,
    output
  )
}

/** @param {string} output */
function lastError(output) {
  // The system's own words, where pip repeats them inside its warnings.
  const cause = /\[Errno -?\d+\] ([^'")\]]+)/.exec(output)?.[1]
  if (cause) return cause.trim()
  const lines = output.split('\n').filter((line) => /error|warning/i.test(line))
  const last = lines.pop() ?? 'pip gave no reason'
  return last
    .replace(/^\s*(ERROR|WARNING):\s*/, '')
    .trim()
    .slice(0, 160)
}
