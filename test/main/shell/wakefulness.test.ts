import { expect, it } from 'vitest'
import { createWakefulness } from '../../../src/main/shell/wakefulness'

it('one blocker is held while something trains, and none when nothing does', () => {
  const held = new Set<number>()
  let count = 0
  const stayAwake = createWakefulness({
    start(type) {
      expect(type).toBe('prevent-app-suspension')
      held.add(++count)
      return count
    },
    stop(id) {
      expect(held.delete(id)).toBe(true)
      return true
    }
  })
  const sizes = [false, true, true, false, false, true, false].map((training) => {
    stayAwake(training)
    return held.size
  })
  expect(sizes).toEqual([0, 1, 1, 0, 0, 1, 0])
  expect(count).toBe(2)
})
