/** Why this machine trains on no GPU, or not as well as it could: cards, libraries, the engine. */
import type { GpuReport } from '@shared/diagnosis'
import { driverPage, neededDriver, noCard, type Cause } from './driver-findings'
import { working, type Observations } from './observations'
import { compareVersions, requirements } from './requirements'

const install = { text: 'Install the engine for the GPU.', command: 'npm run engine -- --cuda' }

/** The first is the one to mend first; empty where a GPU is used and all is well. */
export function gpuFindings(seen: Observations): Cause[] {
  const native = working(seen, 'native')
  const inUse = native?.device === 'gpu'
  if (seen.nvidia.state !== 'listed') return inUse ? [] : noCard(seen)
  const { gpus } = seen.nvidia
  const causes = [...cardFindings(seen, gpus, inUse)]
  if (inUse || causes.some(({ level }) => level !== 'note')) return causes
  if (seen.platform !== 'linux' || seen.arch !== 'x64') return [elsewhere(seen, gpus[0]!)]
  if (seen.installed.build !== 'cuda') {
    return [
      {
        id: 'gpu.cpuBuild',
        level: 'warning',
        sentence: `The ${gpus[0]!.name} is idle: the native engine that is installed here is TensorFlow's build for the processor.`,
        because: `the native engine was installed for the processor, and the ${gpus[0]!.name} is idle`,
        next: install
      }
    ]
  }
  // An engine that does not even start has findings of its own.
  return native ? [unused(seen, gpus[0]!)] : []
}

/** What is wrong with the driver or the cards that it lists. */
function cardFindings(seen: Observations, gpus: GpuReport[], inUse: boolean): Cause[] {
  const { visibleDevices } = seen
  const { driver, name } = gpus[0]!
  if (visibleDevices !== undefined && /^\s*(-1.*|none|nodevfiles)?\s*$/i.test(visibleDevices)) {
    return [
      {
        id: 'gpu.hidden',
        level: 'warning',
        sentence: `CUDA_VISIBLE_DEVICES is “${visibleDevices}”, which hides every GPU from programs started here.`,
        because: 'CUDA_VISIBLE_DEVICES hides every GPU',
        next: {
          text: 'Take it out of the environment, and start Grokscope again.',
          command: 'unset CUDA_VISIBLE_DEVICES'
        }
      }
    ]
  }
  if (/^\d/.test(driver) && compareVersions(driver, requirements.driver) < 0) {
    return [
      {
        id: 'gpu.driverOld',
        level: 'warning',
        sentence: `The NVIDIA driver is too old: ${driver}, and the engine needs ${neededDriver}.`,
        because: `its driver ${driver} is too old for CUDA ${requirements.cuda}`,
        next: { text: `Install NVIDIA's ${neededDriver} (${driverPage}), then restart.` }
      }
    ]
  }
  const card = (test: (capability: string) => boolean): GpuReport | undefined =>
    gpus.every(({ computeCapability: c }) => c !== null && test(c)) ? gpus[0] : undefined
  const old = card((c) => compareVersions(c, requirements.oldestCard) < 0)
  if (old) {
    return [
      {
        id: 'gpu.cardOld',
        level: 'warning',
        sentence: `The ${old.name} is too old: its compute capability is ${old.computeCapability}, and TensorFlow ${requirements.tensorflow} needs ${requirements.oldestCard} or more (Pascal, 2016).`,
        because: `the ${old.name} is too old for TensorFlow ${requirements.tensorflow}`,
        next: null
      }
    ]
  }
  const newest = Number(requirements.newestCard.split('.')[0])
  const recent = card((c) => Number(c.split('.')[0]) > newest)
  if (recent) {
    const numbers = `its compute capability is ${recent.computeCapability}, and TensorFlow ${requirements.tensorflow} has kernels up to ${requirements.newestCard}`
    return [
      {
        id: 'gpu.cardNew',
        level: inUse ? 'note' : 'warning',
        sentence: inUse
          ? `The ${name} is newer than the engine: ${numbers}. They are translated at the first start, which can take half an hour once.`
          : `The ${name} is newer than the engine: ${numbers}, and they did not run on it.`,
        because: `the ${name} is newer than the engine (compute capability ${recent.computeCapability})`,
        next: inUse
          ? { text: 'Let the first run take its time; the driver keeps the translated kernels.' }
          : {
              text: 'Update the NVIDIA driver, which translates the kernels; the engine itself follows TensorFlow.'
            }
      }
    ].filter(() => inUse || seen.installed.build === 'cuda') as Cause[]
  }
  return []
}

/** The GPU build runs, on the processor. */
function unused(seen: Observations, { name }: GpuReport): Cause {
  const missing = seen.libraries.filter(({ path }) => path === null).map((library) => library.name)
  const words = seen.engines.find((engine) => engine.name === 'native')?.words ?? ''
  const unloaded = [...words.matchAll(/Could not load dynamic library '([^']+)'/g)].map(
    (m) => m[1]!
  )
  if (unloaded.includes('libcuda.so.1')) {
    return {
      id: 'gpu.driverPart',
      level: 'warning',
      sentence: `The driver lists the ${name}, and its part for computing (libcuda.so.1) is missing.`,
      because: "the driver's part for computing (libcuda.so.1) is missing",
      next: {
        text: "Install the driver's compute package; start a container with NVIDIA_DRIVER_CAPABILITIES=compute,utility."
      }
    }
  }
  const libraries = seen.libraries
    .map((library) => library.name)
    .filter((library) => missing.includes(library) || unloaded.includes(library))
  if (libraries.length > 0) {
    return {
      id: 'gpu.librariesMissing',
      level: 'warning',
      sentence: `Libraries of CUDA that the engine needs are missing or cannot be loaded: ${libraries.join(', ')}.`,
      because: `CUDA libraries are missing (${libraries[0]}${libraries.length > 1 ? ', ...' : ''})`,
      next: { ...install, text: 'Install them again with the engine.' }
    }
  }
  if (/CUDA_ERROR_OUT_OF_MEMORY|out of memory/i.test(words)) {
    return {
      id: 'gpu.memoryFull',
      level: 'warning',
      sentence: `The memory of the ${name} is taken by other programs.`,
      because: `other programs hold the memory of the ${name}`,
      next: { text: 'End what else computes on it; nvidia-smi lists it.', command: 'nvidia-smi' }
    }
  }
  const cuda = /CUDA_ERROR_[A-Z_]+/.exec(words)?.[0]
  return {
    id: 'gpu.unused',
    level: 'warning',
    sentence: `TensorFlow does not use the ${name}${cuda ? ` (${cuda})` : ''}.`,
    because: `TensorFlow does not use the ${name}${cuda ? ` (${cuda})` : ''}`,
    next: {
      ...install,
      text: 'Install the engine for the GPU again, which tests it and says more.'
    }
  }
}

function elsewhere({ platform, arch }: Observations, { name }: GpuReport): Cause {
  return {
    id: 'gpu.platform',
    level: 'note',
    sentence: `The ${name} is idle: the native engine exists for Linux x64, and this is ${platform} ${arch}.`,
    because: `the native engine does not exist for ${platform} ${arch}`,
    next:
      platform === 'win32'
        ? {
            text: 'Run Grokscope inside WSL 2, which has access to the GPU.',
            command: 'wsl --install'
          }
        : null
  }
}
