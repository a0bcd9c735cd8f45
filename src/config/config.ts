import { resolve } from 'node:path';
import { z } from 'zod';
import { keep, keptInVain, type Retention, retentionOf } from './keep.js';
import { isLoopback, networks, origins, postgresUrl, type Rate, rate, webUrl } from './variables.js';
import { unknownVariables } from './unknown-variables.js';

/** How the verifier of tokens is set up. Without `secret` and `jwksUrl` nobody but the sample's sign-in gets in. */
export interface JwtConfig {
  /** Verifies HS256. At least 32 bytes of UTF-8. */
  secret?: string;
  /** Verifies RS256, ES256 and EdDSA. With a secret too, the token's own algorithm says which of the two it is for. */
  jwksUrl?: string;
  /** Checked against `iss` when set. */
  issuer?: string;
  /** Checked against `aud` when set. */
  audience?: string;
  /** Where the roles are: a claim's name, or a dotted path to it (`realm_access.roles`). Default `roles`. */
  rolesClaim: string;
}

/** Everything the environment decides, checked. Paths are absolute. */
export interface Config {
  /** The database to work in. Undefined: the embedded one, with the sample shop. */
  databaseUrl: string | undefined;
  /** A direct connection for LISTEN, where `databaseUrl` goes through a transaction pooler. Default: `databaseUrl`. */
  listenUrl: string | undefined;
  /** 0: any free one. Default 3000. */
  port: number;
  /** Default 127.0.0.1 in the sample, else 0.0.0.0. */
  host: string;
  /** The rules. Default belfry.yaml. */
  configFile: string;
  /** Whether the start migrates and applies the rules. Off: another process, with more rights, has. Default on. */
  apply: boolean;
  /** The embedded database and the sample's own secret. Default .belfry. */
  dataDir: string;
  jwt: JwtConfig;
  /** Origins of other pages that may call with credentials. Default none. */
  corsOrigins: string[];
  /** Proxies that are believed when they say whom they speak for (`X-Forwarded-For`). Default none. */
  trustedProxies: string[];
  limits: Limits;
  /** `poll`: never a NOTIFY in a business transaction. Default doorbell. */
  wake: 'doorbell' | 'poll';
  /** Default info. */
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'verbose';
  /** The role whose streams may ask for metrics. Default ops. */
  metricsRole: string;
  /** How far back everything is kept. */
  retention: Retention;
  /** Whether the embedded database and the sample shop run: there is no `DATABASE_URL`. */
  sample: boolean;
  /** Whether anybody may sign in as a sample admin and use the shop: only the sample, and only on loopback. */
  sampleSignIn: boolean;
  /** What looks like a mistake and is not refused. */
  warnings: string[];
}

/** How often somebody may come, at each process. Undefined: as often as they like. */
export interface Limits {
  /** Requests of one admin. Default 50 a second, 500 at once. */
  requests: Rate | undefined;
  /** Streams that one admin opens. Default 30 a minute, 60 at once. */
  streams: Rate | undefined;
  /** Requests of one address without a token that is good. Default 20 a second, 200 at once. */
  strangers: Rate | undefined;
}

/** Every wrong variable at once. */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(readonly problems: string[]) {
    super(`The environment is not as it has to be:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: ({ input }) => `is '${String(input)}', expected one of ${values.join(', ')}` });

const variables = z.object({
  DATABASE_URL: postgresUrl.optional(),
  BELFRY_LISTEN_URL: postgresUrl.optional(),
  PORT: z
    .string()
    .refine((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65535, {
      error: ({ input }) => `is '${String(input)}', expected a number from 0 (any free port) to 65535`,
    })
    .transform(Number)
    .default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, {
      error: ({ input }) => `is '${String(input)}', expected a host name or an address without a port`,
    })
    .optional(),
  BELFRY_CONFIG: z.string().default('belfry.yaml'),
  BELFRY_APPLY: oneOf(['on', 'off']).default('on'),
  BELFRY_DATA_DIR: z.string().default('.belfry'),
  BELFRY_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, {
      error: ({ input }) =>
        `has ${Buffer.byteLength(String(input))} bytes, expected at least 32; make one with: openssl rand -base64 48`,
    })
    .optional(),
  BELFRY_JWKS_URL: webUrl.optional(),
  BELFRY_JWT_ISSUER: z.string().optional(),
  BELFRY_JWT_AUDIENCE: z.string().optional(),
  BELFRY_ROLES_CLAIM: z.string().default('roles'),
  BELFRY_CORS_ORIGINS: origins.default([]),
  BELFRY_TRUSTED_PROXIES: networks.default([]),
  BELFRY_LIMIT_REQUESTS: rate.prefault('50/s burst 500'),
  BELFRY_LIMIT_STREAMS: rate.prefault('10/s burst 600'),
  BELFRY_LIMIT_STRANGERS: rate.prefault('20/s burst 200'),
  BELFRY_KEEP_JOURNAL: keep.optional(),
  BELFRY_KEEP_NOTIFICATIONS: keep.optional(),
  BELFRY_KEEP_FAILED: keep.optional(),
  BELFRY_WAKE: oneOf(['doorbell', 'poll']).default('doorbell'),
  BELFRY_METRICS_ROLE: z.string().default('ops'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'verbose']).default('info'),
});

/**
 * Reads the whole environment. An empty variable counts as absent, as compose files pass those on.
 *
 * @param serving whether anybody is to be let in: who only works on the database needs no key. Default true.
 * @throws ConfigError that names every wrong variable with what was found, what was expected and what to do
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env, cwd = process.cwd(), { serving = true } = {}): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = variables.safeParse(given);
  const problems = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];
  if (serving) problems.push(...missingKey(given), ...exposedSample(given), ...nobodyApplies(given));
  if (parsed.success) problems.push(...keptInVain(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const vars = parsed.data;
  const sample = vars.DATABASE_URL === undefined;
  const host = vars.HOST ?? (sample ? '127.0.0.1' : '0.0.0.0');
  return {
    databaseUrl: vars.DATABASE_URL,
    listenUrl: vars.BELFRY_LISTEN_URL ?? vars.DATABASE_URL,
    port: vars.PORT,
    host,
    configFile: resolve(cwd, vars.BELFRY_CONFIG),
    apply: vars.BELFRY_APPLY === 'on',
    dataDir: resolve(cwd, vars.BELFRY_DATA_DIR),
    jwt: {
      ...(vars.BELFRY_JWT_SECRET !== undefined && { secret: vars.BELFRY_JWT_SECRET }),
      ...(vars.BELFRY_JWKS_URL !== undefined && { jwksUrl: vars.BELFRY_JWKS_URL }),
      ...(vars.BELFRY_JWT_ISSUER !== undefined && { issuer: vars.BELFRY_JWT_ISSUER }),
      ...(vars.BELFRY_JWT_AUDIENCE !== undefined && { audience: vars.BELFRY_JWT_AUDIENCE }),
      rolesClaim: vars.BELFRY_ROLES_CLAIM,
    },
    corsOrigins: vars.BELFRY_CORS_ORIGINS,
    trustedProxies: vars.BELFRY_TRUSTED_PROXIES,
    limits: {
      requests: vars.BELFRY_LIMIT_REQUESTS,
      streams: vars.BELFRY_LIMIT_STREAMS,
      strangers: vars.BELFRY_LIMIT_STRANGERS,
    },
    wake: vars.BELFRY_WAKE,
    logLevel: vars.LOG_LEVEL,
    metricsRole: vars.BELFRY_METRICS_ROLE,
    retention: retentionOf(vars),
    sample,
    sampleSignIn: sample && isLoopback(host),
    warnings: unknownVariables(Object.keys(given), Object.keys(variables.shape)),
  };
}

/** A server that could let nobody in, or must not let everybody in, does not start. */
function missingKey(given: Record<string, string | undefined>): string[] {
  if (!given.DATABASE_URL || given.BELFRY_JWT_SECRET || given.BELFRY_JWKS_URL) return [];
  return [
    'BELFRY_JWT_SECRET and BELFRY_JWKS_URL are both missing, and without a key no token can be checked; ' +
      'set BELFRY_JWT_SECRET (at least 32 bytes, HS256) or BELFRY_JWKS_URL (RS256, ES256, EdDSA)',
  ];
}

/** Nobody else has set up the embedded database. */
function nobodyApplies(given: Record<string, string | undefined>): string[] {
  if (given.DATABASE_URL || given.BELFRY_APPLY !== 'off') return [];
  return ['BELFRY_APPLY is off, and there is no DATABASE_URL: the embedded database is set up by the start itself; leave one of them out'];
}

/** The sample has sign-in buttons that ask for no password: other machines must not reach them. */
function exposedSample(given: Record<string, string | undefined>): string[] {
  const host = given.HOST;
  if (given.DATABASE_URL || !host || isLoopback(host) || given.BELFRY_JWT_SECRET || given.BELFRY_JWKS_URL) return [];
  return [
    `HOST is '${host}', and the sample without a key of yours listens on loopback only: anybody can sign in to it; ` +
      'leave HOST out, or set BELFRY_JWT_SECRET or BELFRY_JWKS_URL (which takes the sign-in buttons away)',
  ];
}

/** Whether output is to be painted, by the variables that every program heeds; undefined: where it goes to a terminal. */
export function wantsColours({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv = process.env): boolean | undefined {
  if ((NO_COLOR ?? '') !== '') return false;
  return (FORCE_COLOR ?? '') === '' ? undefined : FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
}
