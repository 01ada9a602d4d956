/** The whole diagnosis of a machine that is played, as the command line prints and the page shows it. */
import { Diagnosis } from '@shared/diagnosis'
import { diagnose } from '../../src/main/doctor/diagnose'
import type { Observations } from '../../src/main/doctor/observations'

export function fakeDiagnosis(seen: Observations, at = 0): Diagnosis {
  return Diagnosis.parse({
    ...{ version: '1.2.3', node: '22.23.3', at, tookMs: 4200, busy: seen.busy },
    platform: `${seen.platform} ${seen.arch}`,
    system: 'Debian GNU/Linux 12 (bookworm), Linux 6.1.0-18-amd64',
    ...{ cpu: seen.cpu, memory: seen.memory, library: seen.library },
    ...diagnose(seen)
  })
}
