/** Why there is no NVIDIA card to train on: none there, no driver, a broken one, WSL without it. */
import type { Finding } from '@shared/diagnosis'
import { vendors } from './nvidia'
import type { Observations } from './observations'
import { requirements } from './requirements'

/** A finding, and the clause with which the verdict says it after "because". */
export interface Cause extends Finding {
  because: string
}

export const neededDriver = `driver ${requirements.driver} or newer, for CUDA ${requirements.cuda}`
export const driverPage = 'https://www.nvidia.com/drivers'

/** No card that the driver lists. */
export function noCard({ nvidia, wsl, displayVendors, platform }: Observations): Cause[] {
  const hasCard = displayVendors.includes(vendors.nvidia)
  if (nvidia.state === 'hangs') {
    return [
      {
        id: 'gpu.driverHangs',
        level: 'warning',
        sentence:
          "The NVIDIA driver hangs: its own nvidia-smi gave no answer within the doctor's time.",
        because: 'the NVIDIA driver hangs',
        next: { text: 'Restart the machine; if it stays, reinstall the driver.' }
      }
    ]
  }
  if (nvidia.state === 'failed') return [driverFailure(nvidia.words)]
  if (wsl) return [wslWithoutGpu(wsl)]
  if (hasCard) {
    return [
      {
        id: 'gpu.noDriver',
        level: 'warning',
        sentence:
          'There is an NVIDIA card in this machine, and no driver for it: nvidia-smi is not installed.',
        because: 'the NVIDIA card here has no driver',
        next: {
          text: `Install NVIDIA's ${neededDriver} (${driverPage}). In a container, start it with --gpus all.`
        }
      }
    ]
  }
  const amd = displayVendors.includes(vendors.amd)
  return [
    {
      id: 'gpu.none',
      level: 'note',
      sentence: amd
        ? 'This machine has an AMD card, and TensorFlow computes on NVIDIA cards only.'
        : platform === 'darwin'
          ? "TensorFlow's engine does not compute on Apple's GPUs."
          : 'There is no NVIDIA card in this machine.',
      because: amd ? 'the card here is not from NVIDIA' : 'there is no NVIDIA card here',
      next: null
    }
  ]
}

/** nvidia-smi's own words, which name the trouble. */
function driverFailure(words: string): Cause {
  const said = words.length > 200 ? `${words.slice(0, 200)}...` : words
  if (/version mismatch/i.test(words)) {
    return {
      id: 'gpu.driverMismatch',
      level: 'warning',
      sentence: `The NVIDIA driver was updated and the old one still runs in the kernel (nvidia-smi: ${said}).`,
      because: 'the NVIDIA driver was updated without a restart',
      next: { text: 'Restart the machine.' }
    }
  }
  if (/no devices were found/i.test(words)) {
    return {
      id: 'gpu.notFound',
      level: 'warning',
      sentence: `There is an NVIDIA driver, and it finds no card (nvidia-smi: ${said}).`,
      because: 'the NVIDIA driver finds no card',
      next: {
        text: 'Look whether the card has power and sits firmly; on a shared machine, ask for a GPU.'
      }
    }
  }
  if (/couldn't communicate with the NVIDIA driver/i.test(words)) {
    return {
      id: 'gpu.driverStopped',
      level: 'warning',
      sentence: `The NVIDIA driver is installed and does not run (nvidia-smi: ${said}).`,
      because: 'the NVIDIA driver does not run',
      next: {
        text: 'Load it, or install it again after an update of the kernel; then restart.',
        command: 'sudo modprobe nvidia'
      }
    }
  }
  return {
    id: 'gpu.driverFails',
    level: 'warning',
    sentence: `The NVIDIA driver does not answer (nvidia-smi: ${said}).`,
    because: 'the NVIDIA driver does not answer',
    next: {
      text: 'Restart the machine, or the container, which may have lost its GPU; then check again.',
      command: 'nvidia-smi'
    }
  }
}

function wslWithoutGpu({ version, gpuDevice }: NonNullable<Observations['wsl']>): Cause {
  if (version === 1) {
    return {
      id: 'gpu.wsl',
      level: 'warning',
      sentence:
        'This is version 1 of the Windows Subsystem for Linux, which has no access to GPUs.',
      because: 'WSL 1 has no access to GPUs',
      next: {
        text: 'In a Windows terminal, move this system to version 2 (wsl -l names it).',
        command: 'wsl --set-version Ubuntu 2'
      }
    }
  }
  return {
    id: 'gpu.wsl',
    level: 'warning',
    sentence: gpuDevice
      ? "Windows hands its GPU to this WSL, and NVIDIA's driver for Windows is missing or too old for it."
      : 'This is WSL without GPU pass-through: Windows hands it no GPU (there is no /dev/dxg).',
    because: 'WSL runs without GPU pass-through',
    next: {
      text: `Install NVIDIA's current driver in Windows, not in Linux (${driverPage}), then update WSL in a Windows terminal.`,
      command: 'wsl --update'
    }
  }
}
