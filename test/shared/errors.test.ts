import { expect, test } from 'vitest'
import { fromErrorMessage, toErrorMessage, UserError } from '@shared/errors'

test('a user error crosses a boundary whole', () => {
  const issues = [{ path: 'seed', message: '-1 is refused', nearest: 0 }]
  const error = new UserError('config.invalid', 'seed: -1 is refused.', 'Change it.', issues)
  const received = fromErrorMessage(JSON.parse(JSON.stringify(toErrorMessage(error))) as never)
  expect(received).toBeInstanceOf(UserError)
  expect(received).toMatchObject({
    code: error.code,
    message: error.message,
    hint: error.hint,
    issues
  })
})

test('a bug becomes `internal`, without its stack', () => {
  const message = toErrorMessage(new TypeError('x is undefined'))
  expect(message).toMatchObject({ code: 'internal', message: 'x is undefined', issues: [] })
  expect(JSON.stringify(message)).not.toContain('errors.test')
  expect(toErrorMessage('thrown text').message).toBe('thrown text')
})
