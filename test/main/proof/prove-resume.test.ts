/** Real trainings, really killed: every family and every optimizer setting resumes to the last bit. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describeProof, ResumeProof } from '@shared/resume-proof'
import { describe, expect, it } from 'vitest'
import { proveResume } from '../../../src/main/proof/prove-resume'
import { forkTrainer } from '../../../src/main/server/runners'
import { tinyRuns } from '../../../src/main/torture/tiny-runs'
import { trainable } from '../../support/engines'
import { root } from '../../support/grokscope'
import { temporaryFolder } from '../../support/library'

const startTrainer = forkTrainer(join(root, 'out/main/trainer.js'))
const steps = 60

// One engine is enough here; the torture run does the same on the other.
const { name } = trainable.find(({ skip }) => skip === undefined)!

describe(`on the ${name} engine`, () => {
  it.each(tinyRuns(steps))('%s resumes exactly', async (title, config) => {
    const scratch = temporaryFolder()
    const said: string[] = []
    const proof = await proveResume({
      ...{ config, engine: name, threads: 1, steps, kills: 2, scratch, startTrainer },
      // Another moment for each, the same in every run of this test.
      seed: title.length,
      now: Date.now,
      say: (line) => said.push(line)
    })
    expect(proof.differences).toEqual([])
    expect(proof.verdict).toBe('exact')
    expect(proof.kills.length).toBeGreaterThan(0)
    expect(proof.engine.name).toBe(name)
    // Every step's loss, gradient norm and learning rate, and the evaluations.
    expect(proof.compared.values).toBeGreaterThan(3 * steps)
    expect(proof.compared.checkpoints).toBe(6)
    expect(ResumeProof.parse(JSON.parse(JSON.stringify(proof)))).toEqual(proof)
    expect(describeProof(proof)).toContain('equal to the last bit')
    expect(readdirSync(scratch)).toEqual([])
  })
})
