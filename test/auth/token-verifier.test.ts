import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportSPKI } from 'jose';
import { KeysUnavailableError } from '../../src/auth/issuer-keys.js';
import { TokenError, TokenVerifier } from '../../src/auth/token-verifier.js';
import { SECRET } from '../ops/http-app.js';
import { inSeconds, Issuer, type IssuerKey, signed, signedWithSecret } from './issuer.js';

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a secret', () => {
  const verifier = new TokenVerifier({ secret: SECRET, rolesClaim: 'realm_access.roles' });

  it('verifies HS256, and the claims make the principal', async () => {
    const exp = inSeconds(60);
    const token = await signedWithSecret(SECRET, { exp, realm_access: { roles: ['sales'] } });
    expect(await verifier.verify(token)).toEqual({
      userId: 'ann',
      roles: ['sales'],
      channels: ['everyone', 'role:sales', 'user:ann'],
      scopes: [],
      expiresAt: new Date(exp * 1000),
    });
  });

  it('takes an expiry with a fraction, and one beyond all time', async () => {
    expect((await verifier.verify(await signedWithSecret(SECRET, { exp: inSeconds(60) + 0.5 }))).userId).toBe('ann');
    expect((await verifier.verify(await signedWithSecret(SECRET, { exp: 1e300 }))).expiresAt.getTime()).toBe(8.64e15);
  });

  it('forgives a clock that is a few seconds off, and no more', async () => {
    await verifier.verify(await signedWithSecret(SECRET, { exp: inSeconds(-3) }));
    await expect(verifier.verify(await signedWithSecret(SECRET, { exp: inSeconds(-10) }))).rejects.toThrow(/expired/);
    await expect(verifier.verify(await signedWithSecret(SECRET, { nbf: inSeconds(20) }))).rejects.toThrow(/'nbf'/);
  });

  const good = () => signedWithSecret(SECRET);
  const payload = base64({ sub: 'ann', exp: inSeconds(60) });
  const without = (claim: string) => signedWithSecret(SECRET, { [claim]: undefined });

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['no exp', () => without('exp'), /'exp' is missing/],
    ['no sub', () => without('sub'), /'sub' is missing/],
    ['an expiry in words', () => signedWithSecret(SECRET, { exp: 'soon' as never }), /'exp' is not/],
    ['an expiry before all time', () => signedWithSecret(SECRET, { exp: -1e300 }), /expired/],
    ['an expiry that is no number', () => signedWithSecret(SECRET, { exp: [9e9] as never }), /'exp' is not/],
    ['a beginning in words', () => signedWithSecret(SECRET, { nbf: 'now' as never }), /'nbf' is not/],
    ['another secret', () => signedWithSecret(SECRET.toUpperCase()), /signature is wrong/],
    ['a changed payload', async () => (await good()).replace(/\..*\./, `.${payload}x.`), /signature is wrong/],
    ['alg none', () => `${base64({ alg: 'none' })}.${payload}.`, /algorithm is 'none'/],
    ['alg nOnE', () => `${base64({ alg: 'nOnE' })}.${payload}.`, /expected HS256/],
    ['no alg', () => `${base64({})}.${payload}.`, /algorithm is 'undefined'/],
    ['HS512', () => signedWithSecret(SECRET.repeat(2), {}, 'HS512'), /algorithm is 'HS512'/],
    ['no parts', () => 'token', /malformed/],
    ['an empty token', () => '', /malformed/],
    ['parts that are no JSON', () => 'a.b.c', /malformed/],
    ['an unknown critical header', () => `${base64({ alg: 'HS256', crit: ['x'], x: 1 })}.${payload}.x`, /malformed/],
    ['9,000 characters', () => signedWithSecret(SECRET, { pad: 'x'.repeat(9000) }), /expected at most 8192/],
    ['a role that is no string', () => signedWithSecret(SECRET, { realm_access: { roles: [1] } }), /genuine, but/],
  ])('refuses %s', async (_, token, message) => {
    const error = await verifier.verify(await token()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokenError);
    expect((error as Error).message).toMatch(message);
  });

  it('checks issuer and audience where they are set', async () => {
    const strict = new TokenVerifier({ secret: SECRET, issuer: 'https://id', audience: 'belfry', rolesClaim: 'roles' });
    await strict.verify(await signedWithSecret(SECRET, { iss: 'https://id', aud: ['x', 'belfry'] }));
    const wrong = [{ iss: 'https://other', aud: 'belfry' }, { iss: 'https://id', aud: 'x' }, { aud: 'belfry' }];
    for (const claims of wrong) {
      await expect(strict.verify(await signedWithSecret(SECRET, claims))).rejects.toThrow(TokenError);
    }
  });
});

describe('a JWKS URL', () => {
  let issuer: Issuer;
  let keys: Record<'RS256' | 'ES256' | 'EdDSA', IssuerKey>;

  beforeAll(async () => {
    issuer = await Issuer.start();
    const [RS256, ES256, EdDSA] = await Promise.all([
      issuer.makeKey('rs', 'RS256'),
      issuer.makeKey('es', 'ES256'),
      issuer.makeKey('ed', 'EdDSA'),
    ]);
    keys = { RS256, ES256, EdDSA };
  });
  beforeEach(() => {
    Object.assign(issuer, { published: Object.values(keys), answer: 'keys', requests: 0 });
  });
  afterAll(() => issuer.stop());

  const verifierWith = (times = {}) => new TokenVerifier({ jwksUrl: issuer.jwksUrl, rolesClaim: 'roles' }, times);

  it('verifies RS256, ES256 and EdDSA with one fetch of the keys', async () => {
    const verifier = verifierWith();
    for (const key of Object.values(keys)) {
      expect(await verifier.verify(await signed(key, { roles: ['sales'] }))).toMatchObject({ roles: ['sales'] });
    }
    expect(issuer.requests).toBe(1);
  });

  it('never takes a public key for a secret', async () => {
    const spki = new TextEncoder().encode(await exportSPKI(keys.RS256.publicKey));
    const token = await signedWithSecret(spki);
    await expect(verifierWith().verify(token)).rejects.toThrow(/'HS256', expected RS256, ES256, EdDSA/);
    const both = new TokenVerifier({ secret: SECRET, jwksUrl: issuer.jwksUrl, rolesClaim: 'roles' });
    await expect(both.verify(token)).rejects.toThrow(/signature is wrong/);
  });

  it('beside a secret: each kind of token goes to its own kind of key', async () => {
    const both = new TokenVerifier({ secret: SECRET, jwksUrl: issuer.jwksUrl, rolesClaim: 'roles' });
    expect(await both.verify(await signedWithSecret(SECRET))).toMatchObject({ userId: 'ann' });
    expect(await both.verify(await signed(keys.ES256))).toMatchObject({ userId: 'ann' });
  });

  it('refuses a good key of an algorithm that is not on the list', async () => {
    const key = await issuer.makeKey('rs512', 'RS512');
    issuer.published = [key];
    await expect(verifierWith().verify(await signed(key))).rejects.toThrow(/algorithm is 'RS512'/);
  });

  it('learns of a new key when a token names it, and forgets one that has gone', async () => {
    const verifier = verifierWith({ cooldown: 0, maxAge: 60_000 });
    await verifier.verify(await signed(keys.ES256));
    const next = await issuer.makeKey('next', 'ES256');
    issuer.published = [next];
    expect(await verifier.verify(await signed(next))).toMatchObject({ userId: 'ann' });
    await expect(verifier.verify(await signed(keys.ES256))).rejects.toThrow(/no key of the token's key id/);
  });

  it('asks at most once a cooldown, however many unknown key ids come', async () => {
    const verifier = verifierWith({ cooldown: 60_000 });
    const unknown = await issuer.makeKey('unknown', 'ES256');
    for (let i = 0; i < 20; i++) await expect(verifier.verify(await signed(unknown))).rejects.toThrow(TokenError);
    const storm = await Promise.all(Array.from({ length: 50 }, () => signed(unknown)));
    for (const { status } of await Promise.allSettled(storm.map((token) => verifier.verify(token)))) expect(status).toBe('rejected');
    expect(issuer.requests).toBe(1);
  });

  it.each(['error', 'junk'] as const)('says that the keys are missing on an %s, and recovers', async (answer) => {
    issuer.answer = answer;
    const verifier = verifierWith({ failureCooldown: 0 });
    const token = await signed(keys.RS256);
    await expect(verifier.verify(token)).rejects.toThrow(KeysUnavailableError);
    issuer.answer = 'keys';
    expect(await verifier.verify(token)).toMatchObject({ userId: 'ann' });
  });

  it('leaves an issuer that fails alone for a moment', async () => {
    issuer.answer = 'error';
    const verifier = verifierWith({ failureCooldown: 60_000 });
    const token = await signed(keys.RS256);
    for (let i = 0; i < 5; i++) await expect(verifier.verify(token)).rejects.toThrow(KeysUnavailableError);
    expect(issuer.requests).toBe(1);
  });

  it('says that the keys are missing when nobody is there', async () => {
    const gone = await Issuer.start();
    const verifier = new TokenVerifier({ jwksUrl: gone.jwksUrl, rolesClaim: 'roles' });
    await gone.stop();
    await expect(verifier.verify(await signed(keys.RS256))).rejects.toThrow(KeysUnavailableError);
  });
});
