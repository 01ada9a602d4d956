/** The engines a suite runs on, each with the reason where it can't run here (shown as the suite's name). */
import fs from 'node:fs'
import path from 'node:path'

const addon = path.resolve('node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node')

function whyNoNative(): string | undefined {
  const told = process.env['GROKSCOPE_SKIP_NATIVE']
  if (told) return `skipped: ${told}`
  if (!fs.existsSync(addon)) return 'skipped: the native engine is not installed (npm run engine)'
  return undefined
}

export interface TestEngine {
  name: 'native' | 'wasm' | 'cpu'
  skip: string | undefined
}

/** The engines that people train on. */
export const trainable: TestEngine[] = [
  { name: 'native', skip: whyNoNative() },
  { name: 'wasm', skip: undefined }
]
