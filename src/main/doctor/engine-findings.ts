/** Why the native engine cannot be used here. */
import type { Cause } from './driver-findings'
import { working, type Observations } from './observations'

const install = { text: 'Install the native engine.', command: 'npm run engine' }
const again = { text: 'Install the native engine again.', command: 'npm run engine' }

/** At most one cause, and what training falls back to. */
export function engineFindings(seen: Observations): Cause[] {
  if (working(seen, 'native')) return []
  const cause = nativeCause(seen)
  const wasm = working(seen, 'wasm')
  if (!wasm) {
    const wasmReason = seen.engines.find(({ name }) => name === 'wasm')
    const why =
      wasmReason?.answer?.type === 'refused' ? wasmReason.answer.message : 'it does not start'
    return [
      {
        id: 'engine.none',
        level: 'problem',
        sentence: `The WebAssembly engine cannot be used either: ${clause(why)}.`,
        because: `${cause.because}, and the WebAssembly engine does not start`,
        next: { text: 'Install the packages again.', command: 'npm ci' }
      },
      cause
    ]
  }
  const plain = working(seen, 'cpu')
  return [
    cause,
    {
      id: 'engine.fallback',
      level: 'note',
      sentence: `Training uses the WebAssembly engine, at ${wasm.gflops} GFLOP/s${plain ? ` (plain JavaScript: ${plain.gflops})` : ''}: everything works, several times slower than natively.`,
      because: 'the native engine cannot be used',
      next: null
    }
  ]
}

function nativeCause(seen: Observations): Cause {
  const { platform, arch, cpu, installed } = seen
  const native = seen.engines.find(({ name }) => name === 'native')
  const refusal = native?.answer?.type === 'refused' ? native.answer.message : ''
  const words = `${refusal}\n${native?.words ?? ''}`
  const warning = { level: 'warning' as const }
  if (platform !== 'linux' || arch !== 'x64') {
    return {
      id: 'engine.platform',
      level: 'note',
      sentence: `The native engine exists for Linux x64, and this is ${platform} ${arch}.`,
      because: `the native engine does not exist for ${platform} ${arch}`,
      next:
        platform === 'win32'
          ? { text: 'Run Grokscope inside WSL 2, which is Linux.', command: 'wsl --install' }
          : null
    }
  }
  if (cpu.features && !cpu.features.includes('avx')) {
    return {
      id: 'engine.noAvx',
      level: 'note',
      sentence: `TensorFlow needs a processor with AVX, and this one (${cpu.model}) has none; virtual machines may hide it.`,
      because: 'the processor has no AVX, which TensorFlow needs',
      next: {
        text: "In a virtual machine, pass the host's processor through (QEMU: -cpu host); else nothing needs doing."
      }
    }
  }
  if (!installed.addon) {
    if (installed.failure) return installFailure(installed.failure)
    return {
      ...warning,
      id: 'engine.missing',
      sentence: 'The native engine is not installed.',
      because: 'the native engine is not installed',
      next: install
    }
  }
  const wrong = installed.addonArch !== null && installed.addonArch !== arch
  if (
    wrong ||
    /wrong ELF class|invalid ELF header|incompatible architecture|Exec format/i.test(words)
  ) {
    return {
      ...warning,
      id: 'engine.architecture',
      sentence: `The installed engine is for another processor (${installed.addonArch ?? 'unknown'}; this is ${arch}): it was copied from another machine.`,
      because: 'the installed engine is for another processor',
      next: again
    }
  }
  const old = /version [`'](GLIBC(?:XX)?_[\d.]+)' not found/.exec(words)
  if (old) {
    return {
      ...warning,
      id: 'engine.systemOld',
      sentence: `The engine was built on a newer system: this one lacks ${old[1]}.`,
      because: `this system is older than the one the engine was built on (${old[1]})`,
      next: again
    }
  }
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(words)
  if (library) {
    return {
      ...warning,
      id: 'engine.libraryMissing',
      sentence: `A library that the engine needs is missing: ${library[1]}.`,
      because: `${library[1]} is missing`,
      next: again
    }
  }
  if (native?.ended === 'hung') {
    const driver = seen.nvidia.state !== 'missing'
    return {
      ...warning,
      id: 'engine.hangs',
      sentence: `The native engine did not answer in time${driver ? ', which a broken NVIDIA driver can cause' : ''}.`,
      because: 'the native engine does not answer',
      next: driver
        ? { text: 'Check again; if it stays, restart the machine.' }
        : { text: 'Check again: the first start reads 0.8 GB from the disk.' }
    }
  }
  if (native?.ended === 'silent') {
    const how = native.signal ?? lastLine(native.words)
    return {
      ...warning,
      id: 'engine.crashes',
      sentence: `The native engine ends its process${how ? ` (${clause(how)})` : ''}.`,
      because: `the native engine crashes${native.signal ? ` (${native.signal})` : ''}`,
      next: again
    }
  }
  return {
    ...warning,
    id: 'engine.fails',
    sentence: refusal || 'The native engine does not start.',
    because: 'the native engine does not start',
    next: again
  }
}

/** Set-up's own sentence names the next step; a command stands beside it where repeating makes sense. */
function installFailure({ code, message }: { code: string; message: string }): Cause {
  const hopeless = code === 'platform' || code === 'processor'
  return {
    id: code === 'compile' || code === 'compiler' ? 'engine.buildFailed' : 'engine.installFailed',
    level: hopeless ? 'note' : 'warning',
    sentence: message,
    because:
      code === 'compile'
        ? 'the native engine could not be compiled'
        : code === 'compiler'
          ? 'there is no C++ compiler for the native engine'
          : 'the native engine could not be installed',
    next: hopeless ? null : { text: 'When that is done, try again.', command: 'npm run engine' }
  }
}

/** Without the full stop at its end. */
const clause = (sentence: string): string => sentence.replace(/\.\s*$/, '')
const lastLine = (words: string): string => words.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
