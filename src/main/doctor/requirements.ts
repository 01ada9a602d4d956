/**
 * What the pinned TensorFlow (src/setup/engine-pins.json) needs of a machine to compute on its GPU, from the
 * wheel itself: build_info.py names the kernels and versions it was built with, the libraries are those whose names
 * its loader asks for.
 */
export const requirements = {
  tensorflow: '2.21',
  cuda: '12',
  /** Linux drivers that run any CUDA 12 (NVIDIA, "CUDA Compatibility", minor version compatibility). */
  driver: '525.60.13',
  /** Generations of cards (compute capability) with compiled kernels: from the first, to the last's major number. */
  oldestCard: '6.0',
  newestCard: '9.0',
  libraries: [
    { name: 'libcudart.so.12', part: 'cuda_runtime' },
    { name: 'libcublas.so.12', part: 'cublas' },
    { name: 'libcublasLt.so.12', part: 'cublas' },
    { name: 'libcufft.so.11', part: 'cufft' },
    { name: 'libcusolver.so.11', part: 'cusolver' },
    { name: 'libcusparse.so.12', part: 'cusparse' },
    { name: 'libcudnn.so.9', part: 'cudnn' }
  ]
} as const

/** Compares dotted versions number by number: below zero if `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
