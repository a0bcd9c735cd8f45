import { expect, it } from '@jest/globals';
import { reasonOf } from './reason.js';

it('is one line, and never an empty one', () => {
  expect(reasonOf(new Error('\nInvalid `prisma.$queryRaw()` invocation:\n\n\nConnection refused'))).toBe('Invalid `prisma.$queryRaw()` invocation: Connection refused');
  expect(reasonOf(new AggregateError([new Error('one'), new Error('two')]))).toBe('AggregateError');
  expect(reasonOf('odd')).toBe('odd');
});
