import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ClaimError, toPrincipal } from './principal.js';

const base = { sub: 'ann', exp: 2_000_000_000 };

describe('toPrincipal', () => {
  it('makes channels of the user and the roles', () => {
    const principal = toPrincipal({ ...base, roles: ['sales', 'ops', 'sales'], scope: 'publish read' }, 'roles');
    expect(principal).toEqual({
      userId: 'ann',
      roles: ['sales', 'ops'],
      channels: ['everyone', 'role:sales', 'role:ops', 'user:ann'],
      scopes: ['publish', 'read'],
      expiresAt: new Date('2033-05-18T03:33:20Z'),
    });
  });

  it('gives a role nothing but its own channel, whatever it is called', () => {
    const { channels } = toPrincipal({ ...base, roles: ['user:bob', 'everyone', 'a,b', 'role:root', '*'] }, 'roles');
    expect(channels).toEqual(['everyone', 'role:user:bob', 'role:everyone', 'role:a,b', 'role:role:root', 'role:*', 'user:ann']);
  });

  it('takes a missing roles claim for no roles', () => {
    expect(toPrincipal(base, 'roles').channels).toEqual(['everyone', 'user:ann']);
    expect(toPrincipal({ ...base, realm_access: 'x' }, 'realm_access.roles').roles).toEqual([]);
  });

  it.each([
    ['roles', { roles: 'sales' }],
    ['realm_access.roles', { realm_access: { roles: ['sales'] } }],
    ['https://id.example/roles', { 'https://id.example/roles': ['sales'] }],
  ])('finds the roles at %s', (path, claims) => {
    expect(toPrincipal({ ...base, ...claims }, path).roles).toEqual(['sales']);
  });

  it.each(['__proto__', 'constructor.name', 'toString', 'sub.length'])('finds nothing inherited at %s', (path) => {
    expect(toPrincipal(base, path).roles).toEqual([]);
  });

  it.each([
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['a numeric sub', { sub: 7 }],
    ['a long sub', { sub: 'x'.repeat(201) }],
    ['a NUL in sub', { sub: 'ann\0' }],
    ['half a character in sub', { sub: 'ann\ud800' }],
    ['a number among roles', { roles: ['sales', 1] }],
    ['an object for roles', { roles: { sales: true } }],
    ['an empty role', { roles: [''] }],
    ['201 roles', { roles: Array.from({ length: 201 }, (_, i) => `r${i}`) }],
    ['no exp', { exp: undefined }],
  ])('refuses %s', (_, claims) => {
    expect(() => toPrincipal({ ...base, ...claims }, 'roles')).toThrow(ClaimError);
  });

  it('takes the largest claims allowed', () => {
    const roles = Array.from({ length: 200 }, (_, i) => String(i).padEnd(200, 'x'));
    expect(toPrincipal({ sub: '🔔'.repeat(100), exp: 1e300, roles }, 'roles').roles).toHaveLength(200);
    expect(toPrincipal({ sub: 'a', exp: 1e300 }, 'roles').expiresAt.getTime()).toBe(8.64e15);
  });

  it('gives a principal whose channels are exactly its own, or a ClaimError, whatever the claims', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (sub, roles) => {
        try {
          const principal = toPrincipal({ sub, roles, exp: 1 }, 'roles');
          const users = principal.channels.filter((channel) => channel.startsWith('user:'));
          expect(users).toEqual([`user:${String(sub)}`]);
          expect(principal.channels).toHaveLength(principal.roles.length + 2);
        } catch (error) {
          if (!(error instanceof ClaimError)) throw error;
        }
      }),
    );
  });
});
