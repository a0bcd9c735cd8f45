import { expect, it } from '@jest/globals';
import { tokenFor } from '../../test/support/tokens.js';
import { principalOf } from './principal.js';

const ann = { realm_access: { roles: ['ops'] }, iss: 'https://id.example', name: 'Änn 🔔' };

it('is the same for all tokens of one admin with the same rights, in whatever order they claim', async () => {
  const { name, iss, realm_access } = ann;
  const one = await principalOf(await tokenFor('ann', ['support'], '1h', { ...ann, jti: '1', nonce: 'a', sid: 'x' }));
  const other = await principalOf(await tokenFor('ann', ['support'], '2h', { name, iss, realm_access, jti: '2', nbf: 1 }));
  expect(one).toMatch(/^(\d{1,3}-){31}\d{1,3}$/);
  expect(other).toBe(one);
});

it('is another’s for another admin, other roles wherever they are claimed, and another issuer', async () => {
  const tokens = await Promise.all([
    tokenFor('ann', ['support'], '1h', ann),
    tokenFor('bob', ['support'], '1h', ann),
    tokenFor('ann', ['support', 'sales'], '1h', ann),
    tokenFor('ann', ['support'], '1h', { ...ann, realm_access: { roles: ['ops', 'lead'] } }),
    tokenFor('ann', ['support'], '1h', { ...ann, iss: 'https://other.example' }),
    tokenFor('ann', ['support'], '1h', { ...ann, name: 'Ann' }),
  ]);
  expect(new Set(await Promise.all(tokens.map(principalOf))).size).toBe(tokens.length);
});

it.each(['', 'opaque', 'a.b', 'a.b.c', 'a.!!.c', `a.${btoa('"text"')}.c`, `a.${btoa('null')}.c`, `a.${btoa('{"sub":1}')}.c`, 'a.e30.c', 'a.e30.c.d.e'])(
  'is not known of %j', async (token) => {
    expect(await principalOf(token)).toBeUndefined();
  });
