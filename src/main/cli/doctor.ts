import type { Diagnosis } from '@shared/diagnosis'
import { speed } from '../doctor/diagnose'
import { examine } from '../doctor/index'
import { exitCodes, jsonOption, type Verb } from './command'
import { bytes } from './format'
import { libraryFolder } from './library-folder'

export const doctor: Verb = {
  name: 'doctor',
  operands: '',
  summary: 'say what this machine can train on, and what is missing',
  details: `Starts every engine in a process of its own and times it; takes ten seconds at most. The app shows the same on its
Machine screen. Exit code 1 if nothing can be trained or recorded here.
With --json: {version, platform, system, node, cpu, memory, gpus, gpu, engines, library, findings, trainsOn, verdict,
next, ok, busy, at, tookMs}; a finding is {id, level, sentence, next}.`,
  options: { json: jsonOption },
  async run(host, args) {
    const asJson = args.flag('json')
    const quiet = asJson || !host.isTerminal
    // Loaded here: the doctor must speak where the server's packages cannot be loaded.
    const { forkProbe } = await import('../server/runners')
    const diagnosis = await examine({
      version: host.version,
      library: libraryFolder(host, args),
      sqlite: async () => (await import('../server/machine')).sqliteVersion({ now: host.now }),
      startProbe: forkProbe(host.paths.trainer),
      busy: null,
      now: host.now,
      onStage: (stage) => {
        if (!quiet) host.err(`\r\u001b[Klooking at ${stage} ...`)
      }
    })
    if (!quiet) host.err('\r\u001b[K')
    host.out(asJson ? `${JSON.stringify(diagnosis, null, 2)}\n` : describe(diagnosis))
    return diagnosis.ok ? exitCodes.ok : exitCodes.failed
  }
}

/** The facts as a table, then the verdict, then every finding with its next step. */
export function describe(diagnosis: Diagnosis): string {
  const { cpu, memory, gpus, gpu, engines, library } = diagnosis
  const missing = gpu.libraries.filter(({ path }) => path === null)
  const rows: [string, string][] = [
    ['Grokscope', `${diagnosis.version}, Node ${diagnosis.node}, ${diagnosis.platform}`],
    ['System', diagnosis.system],
    [
      'Processor',
      [cpu.model, `${cpu.cores} cores`, ...(cpu.features ? [cpu.features.join(' ')] : [])].join(
        ', '
      )
    ],
    ['Memory', `${bytes(memory.totalBytes)}, ${bytes(memory.freeBytes)} free`],
    ...(gpus.length > 0
      ? gpus.map(({ name, memory: size, driver, computeCapability }): [string, string] => [
          'GPU',
          [
            ...[name, size, `driver ${driver}`],
            ...(computeCapability ? [`compute capability ${computeCapability}`] : [])
          ].join(', ')
        ])
      : [['GPU', 'none that nvidia-smi lists'] as [string, string]]),
    // The build for the processor brings none, and asks for none.
    ...(engines.some(({ build }) => build === 'cuda')
      ? [
          [
            'CUDA libraries',
            missing.length === 0
              ? `all ${gpu.libraries.length} found`
              : `missing: ${missing.map(({ name }) => name).join(', ')}`
          ] as [string, string]
        ]
      : []),
    ...engines.map(({ name, ok, detail, gflops, reason }): [string, string] => [
      `Engine ${name}`,
      ok ? `${detail}, ${speed(gflops!)}` : `not usable: ${reason}`
    ]),
    [
      'Library',
      [
        library.folder + (library.exists ? '' : ' (made with the first run)'),
        library.writable ? 'writable' : 'not writable',
        ...(library.writeBytesPerSecond === null
          ? []
          : [`takes ${bytes(library.writeBytesPerSecond)}/s`]),
        ...(library.freeBytes === null ? [] : [`${bytes(library.freeBytes)} free`]),
        library.sqlite ? `SQLite ${library.sqlite}` : 'no SQLite'
      ].join(', ')
    ]
  ]
  const lines = rows.map(([label, text]) => `${label.padEnd(16)}${text}`)
  const findings = diagnosis.findings.map(({ level, sentence, next }) =>
    [
      `${level}: ${sentence}`,
      ...(next ? [[next.text, next.command].filter(Boolean).join(' ')] : [])
    ]
      .map((line, i) => (i === 0 ? line : `    ${line}`))
      .join('\n')
  )
  return (
    [lines.join('\n'), diagnosis.verdict, ...findings, `Next: ${diagnosis.next}`].join('\n\n') +
    '\n'
  )
}
