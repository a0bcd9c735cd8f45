import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError, readConfig } from './config.js';

const DAY = 86_400_000;
const SECRET = 'a secret of at least thirty-two bytes';
const OWN = { DATABASE_URL: 'postgresql://app:pw@db:5432/shop', BELFRY_JWT_SECRET: SECRET };

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env, '/srv');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('asks for no key where nobody is let in', () => {
    const { DATABASE_URL } = OWN;
    expect(problemsOf({ DATABASE_URL })).toHaveLength(1);
    expect(readConfig({ DATABASE_URL }, '/srv', { serving: false }).databaseUrl).toBe(DATABASE_URL);
    expect(() => readConfig({ DATABASE_URL, PORT: 'x' }, '/srv', { serving: false })).toThrow('PORT');
  });

  it('needs nothing: the sample on loopback', () => {
    expect(readConfig({}, '/srv')).toEqual({
      databaseUrl: undefined,
      listenUrl: undefined,
      port: 3000,
      host: '127.0.0.1',
      configFile: '/srv/belfry.yaml',
      dataDir: '/srv/.belfry',
      jwt: { rolesClaim: 'roles' },
      corsOrigins: [],
      wake: 'doorbell',
      logLevel: 'info',
      metricsRole: 'ops',
      apply: true,
      retention: {
        journal: { age: 7 * DAY, rows: 1_000_000 },
        notifications: { age: 90 * DAY, rows: 10_000_000 },
        failedChanges: { age: 30 * DAY, rows: 100_000 },
      },
      trustedProxies: [],
      limits: {
        requests: { perSecond: 50, burst: 500 },
        streams: { perSecond: 10, burst: 600 },
        strangers: { perSecond: 20, burst: 200 },
      },
      sample: true,
      sampleSignIn: true,
      warnings: [],
    });
  });

  it('with a database of its own is no sample, and listens on every address', () => {
    const config = readConfig({ ...OWN, BELFRY_CORS_ORIGINS: 'https://a.example, http://b.example:8080' }, '/srv');
    expect(config).toMatchObject({ sample: false, sampleSignIn: false, host: '0.0.0.0', jwt: { secret: SECRET } });
    expect(config).toMatchObject({ databaseUrl: OWN.DATABASE_URL, listenUrl: OWN.DATABASE_URL });
    expect(config.corsOrigins).toEqual(['https://a.example', 'http://b.example:8080']);
  });

  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: ' ', BELFRY_CONFIG: '' }, '/srv')).toEqual(readConfig({}, '/srv'));
  });

  it('refuses a database without a key, and takes either kind', () => {
    expect(problemsOf({ DATABASE_URL: OWN.DATABASE_URL })).toEqual([
      expect.stringMatching(/^BELFRY_JWT_SECRET and BELFRY_JWKS_URL are both missing.*set BELFRY_JWT_SECRET/),
    ]);
    expect(problemsOf(OWN)).toEqual([]);
    expect(problemsOf({ DATABASE_URL: OWN.DATABASE_URL, BELFRY_JWKS_URL: 'https://id.example/jwks' })).toEqual([]);
  });

  it('names every wrong variable at once', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://root:hunter2@db/shop',
      BELFRY_LISTEN_URL: 'db:5432',
      PORT: '70000',
      HOST: 'http://here/',
      BELFRY_JWT_SECRET: 'short',
      BELFRY_JWKS_URL: 'ftp://id.example',
      BELFRY_CORS_ORIGINS: '*,https://a.example/',
      BELFRY_WAKE: 'alarm',
      LOG_LEVEL: 'loud',
    });
    expect(problems.map((text) => text.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'BELFRY_LISTEN_URL',
      'PORT',
      'HOST',
      'BELFRY_JWT_SECRET',
      'BELFRY_JWKS_URL',
      'BELFRY_CORS_ORIGINS',
      'BELFRY_CORS_ORIGINS',
      'BELFRY_WAKE',
      'LOG_LEVEL',
    ]);
    for (const text of problems) expect(text).toMatch(/expected/);
  });

  it('never repeats a password or a secret', () => {
    const text = problemsOf({
      DATABASE_URL: 'mysql://root:hunter2@db/shop',
      BELFRY_LISTEN_URL: 'host=db password=hunter2 user=app',
      BELFRY_JWT_SECRET: 'hunter2',
      BELFRY_JWKS_URL: 'app:hunter2@id.example',
    }).join('\n');
    expect(text).toContain('mysql://***@db/shop');
    expect(text).not.toContain('hunter2');
  });

  it('counts the bytes of a secret, not its characters', () => {
    expect(problemsOf({ ...OWN, BELFRY_JWT_SECRET: 'é'.repeat(16) })).toEqual([]);
    const short = problemsOf({ ...OWN, BELFRY_JWT_SECRET: 'e'.repeat(31) });
    expect(short).toEqual([expect.stringContaining('has 31 bytes')]);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'shop.example', '127.evil.example'])('keeps the sample off %s', (host) => {
    expect(problemsOf({ HOST: host })).toEqual([expect.stringContaining(`HOST is '${host}'`)]);
    const config = readConfig({ HOST: host, BELFRY_JWT_SECRET: SECRET });
    expect(config).toMatchObject({ host, sample: true, sampleSignIn: false });
  });

  it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1'])('lets the sample listen on %s', (host) => {
    expect(readConfig({ HOST: host })).toMatchObject({ host, sampleSignIn: true });
  });

  it.each(['3000.5', '-1', '0x10', '3000 ', '65536'])('refuses PORT=%s', (port) => {
    expect(problemsOf({ PORT: port })).toEqual([expect.stringContaining(`'${port}'`)]);
  });

  it('takes a limit as a rate, and none only where that is said outright', () => {
    const limits = (value: string) => readConfig({ BELFRY_LIMIT_REQUESTS: value }).limits.requests;
    expect(limits('90/min burst 3')).toEqual({ perSecond: 1.5, burst: 3 });
    expect(limits(' 36/h burst 1')).toEqual({ perSecond: 0.01, burst: 1 });
    expect([limits('off'), limits('0')]).toEqual([undefined, undefined]);
    expect(limits('')).toEqual({ perSecond: 50, burst: 500 });
    for (const wrong of ['50', '50/s', '0/s burst 5', '5/s burst 0', '-1/s burst 5', '5/d burst 5', '1e3/s burst 5', 'none']) {
      expect(problemsOf({ BELFRY_LIMIT_STREAMS: wrong })).toEqual([`BELFRY_LIMIT_STREAMS is '${wrong}', expected a rate as 50/s burst 500 (s, min or h), or off`]);
    }
  });

  it('applies unless told not to, and always what it brings itself', () => {
    expect([readConfig(OWN).apply, readConfig({ ...OWN, BELFRY_APPLY: 'off' }).apply]).toEqual([true, false]);
    expect(problemsOf({ BELFRY_APPLY: 'off' })).toEqual([expect.stringContaining('no DATABASE_URL')]);
  });

  it('trusts the proxies that are named', () => {
    expect(readConfig({ BELFRY_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,fd00::7' }).trustedProxies).toEqual(['loopback', '10.0.0.0/8', 'fd00::7']);
    for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/0', 'true', '*', '10.0.0.1/8/8']) {
      expect(problemsOf({ BELFRY_TRUSTED_PROXIES: wrong })).toEqual([expect.stringContaining(`has '${wrong}', expected addresses`)]);
    }
  });

  it('keeps what it is told to, and the rest by default', () => {
    const { retention } = readConfig({ BELFRY_KEEP_JOURNAL: '12h', BELFRY_KEEP_NOTIFICATIONS: '500, 30d', BELFRY_KEEP_FAILED: '7' });
    expect(retention).toEqual({
      journal: { age: DAY / 2, rows: 1_000_000 },
      notifications: { age: 30 * DAY, rows: 500 },
      failedChanges: { age: 30 * DAY, rows: 7 },
    });
    expect(readConfig({ BELFRY_KEEP_NOTIFICATIONS: '90s' }).retention.journal.age).toBe(90_000);
  });

  it.each(['7', '7d', '90m', '1s,1'])('keeps the journal for %s', (text) => {
    expect(problemsOf({ BELFRY_KEEP_JOURNAL: text })).toEqual([]);
  });

  it.each(['0', '0d', 'forever', '-1d', '7 d', '7w', '1d,2d', '1,2', '1d,1,1', ',', '1.5d', '99999999d'])('refuses to keep for %s', (text) => {
    expect(problemsOf({ BELFRY_KEEP_FAILED: text })).toEqual([expect.stringMatching(`^BELFRY_KEEP_FAILED is '${text}', expected a time`)]);
  });

  it('keeps the journal no longer than what it speaks of', () => {
    expect(problemsOf({ BELFRY_KEEP_JOURNAL: '2h', BELFRY_KEEP_NOTIFICATIONS: '1h' })).toEqual([expect.stringContaining('no longer than them')]);
    expect(problemsOf({ BELFRY_KEEP_JOURNAL: '91d' })).toEqual([expect.stringContaining('is 7862400 s, longer than the 7776000 s')]);
    expect(problemsOf({ BELFRY_KEEP_JOURNAL: '1h', BELFRY_KEEP_NOTIFICATIONS: '1h' })).toEqual([]);
  });

  it('ends in a configuration or a ConfigError, whatever the environment', () => {
    const names = ['DATABASE_URL', 'PORT', 'HOST', 'BELFRY_JWT_SECRET', 'BELFRY_JWKS_URL', 'BELFRY_CORS_ORIGINS'];
    const environment = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.webUrl(), fc.ipV4()));
    fc.assert(
      fc.property(environment, (env) => {
        const problems = problemsOf(env);
        if (problems.length > 0) return;
        const config = readConfig(env);
        expect(config.sample || config.jwt.secret !== undefined || config.jwt.jwksUrl !== undefined).toBe(true);
      }),
    );
  });

  it('warns of a name that is nearly one of ours', () => {
    const env = { BELFRY_JWT_SECRT: SECRET, BELFRY_COLOUR: 'red', BELFRY_TEST_X: '1', JWT_SECRET: SECRET };
    const { warnings } = readConfig(env);
    expect(warnings).toEqual([
      'BELFRY_JWT_SECRT is set, and no variable of that name exists (did you mean "BELFRY_JWT_SECRET"?)',
      'BELFRY_COLOUR is set, and no variable of that name exists',
    ]);
  });
});
