import { describe, expect, it } from '@jest/globals';
import { isDatabaseUnavailable } from './database-unavailable.js';

const coded = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more });

describe('isDatabaseUnavailable', () => {
  it.each([
    coded('ECONNREFUSED'),
    coded('ENOENT', { syscall: 'connect' }),
    coded('57P01'),
    coded('57P03'),
    coded('08006'),
    coded('53300'),
    coded('53100'),
    coded('25006'),
    coded('25P04'),
    coded('57P04'),
    coded('40001'),
    coded('40P01'),
    coded('55P03'),
    coded('57014'),
    coded('P1001'),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Query read timeout'),
    new Error('Cannot use a pool after calling end on the pool'),
    coded('P2010', { meta: { driverAdapterError: new Error('', { cause: { kind: 'DatabaseNotReachable' } }) } }),
    coded('P2010', { meta: { driverAdapterError: new Error('', { cause: { kind: 'ConnectionClosed' } }) } }),
    new Error('prisma', { cause: { kind: 'DatabaseNotReachable' } }),
    new Error('prisma', { cause: { originalCode: '25006', kind: 'postgres' } }),
    new Error('outer', { cause: new Error('inner', { cause: coded('ECONNRESET') }) }),
  ])('is for %p', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    coded('ENOENT', { syscall: 'open' }),
    coded('23505'),
    coded('54000'),
    coded('42P01'),
    new Error('Connection'),
    'ECONNREFUSED',
    null,
  ])('is not for %p', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  it('ends on a cause that is its own', () => {
    const error = new Error('round');
    error.cause = error;
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
