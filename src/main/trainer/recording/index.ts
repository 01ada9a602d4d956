export { eagerSession } from './eager'
export { recordedSession } from './session'
export type { Recording, RecordingOptions, Residents, Session, Tensors } from './session'
export { canRecord } from './tensorflow'
