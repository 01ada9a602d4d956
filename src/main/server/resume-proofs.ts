/** The proof of exact resumption in a run's folder (resume-proof.json). */
import { join } from 'node:path'
import { ResumeProof } from '@shared/resume-proof'
import { readJson, writeWhole } from './folders'

const proofFile = (folder: string): string => join(folder, 'resume-proof.json')

export const writeProof = (folder: string, proof: ResumeProof): void =>
  writeWhole(proofFile(folder), proof)

/** Null where the run was never proved, or by a version whose proof is not known here. */
export const readProof = (folder: string): ResumeProof | null =>
  readJson(proofFile(folder), ResumeProof)
