import { readConfig, ConfigError } from '../../config/config.js';
import { AddressError, checkAddresses } from '../../database/addresses.js';
import { MIGRATIONS, pendingMigrations } from '../../database/migrations.js';
import { PoolerError } from '../../database/pooler.js';
import { checkServerVersion } from '../../database/server.js';
import { hasSchema } from '../../rules/installed.js';
import { connect } from '../context.js';
import { type Check, error, ok, warn } from './finding.js';

/** Clocks further apart than this show wrong times, in milliseconds. */
const CLOCKS_APART_MS = 2_000;

/** Whether a server would start in this environment. */
export const environment: Check = ({ context }) => {
  const warnings = context.config.warnings.map((warning) => warn('environment', warning, 'Take it out, or mend its name.'));
  try {
    readConfig();
    return Promise.resolve([...warnings, ok('environment', 'a server would start in it')]);
  } catch (reason) {
    if (!(reason instanceof ConfigError)) throw reason;
    // Whoever operates it need not have the server's secrets at hand.
    return Promise.resolve([...warnings, ...reason.problems.map((problem) => warn('environment', problem, 'A server would not start with it.'))]);
  }
};

export const version: Check = async ({ client }) => {
  const warning = await checkServerVersion(client);
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`);
  const found = `PostgreSQL ${rows[0]?.version ?? 'unknown'}`;
  return [warning === undefined ? ok('version', found) : warn('version', warning, 'Upgrade to that minor release.')];
};

/** Whether LISTEN, locks and prepared statements have a session of their own, in the database that requests reach. */
export const session: Check = async ({ client, target }) => {
  try {
    await checkAddresses(client, target, (url) => connect({ ...target, directUrl: url }));
    return [ok('session', 'of its own, with no transaction pooler between; a notification arrives')];
  } catch (reason) {
    if (!(reason instanceof PoolerError || reason instanceof AddressError)) throw reason;
    return [error('session', reason.message, 'BELFRY_LISTEN_URL is for LISTEN, the relay and the tail: it has to be direct.')];
  }
};

export const schema: Check = async ({ client }) => {
  if (!(await hasSchema(client))) return [error('schema', 'Belfry has never been in this database', 'belfry apply sets it up.')];
  const pending = await pendingMigrations(client, MIGRATIONS, 'belfry');
  if (pending.length === 0) return [ok('schema', 'up to date')];
  return [error('schema', `lacks ${pending.join(', ')}`, 'belfry migrate, or the start of a server of this version, applies them.')];
};

/** What a server does with the tables; what applying needs of the business's tables is found by planning. */
export const rights: Check = async ({ client }) => {
  const { rows } = await client.query<{ role: string; super: boolean; missing: string[]; create: boolean }>(
    `select current_user as role, (select rolsuper from pg_roles where rolname = current_user) as super,
            has_schema_privilege('belfry', 'create') as create,
            array(select format('%s on %s', p.privilege, c.oid::regclass)
                    from pg_class c
                    cross join unnest(array['select', 'insert', 'update', 'delete']) as p (privilege)
                   where c.relnamespace = 'belfry'::regnamespace and c.relkind in ('r', 'v') and c.relname <> '_prisma_migrations'
                     and not has_table_privilege(c.oid, p.privilege)
                   order by 1) as missing`,
  );
  const { role = '', super: all = false, missing = [], create = false } = rows[0] ?? {};
  if (missing.length > 0) return [error('rights', `${role} lacks ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`, 'See Rights in docs/operations.md.')];
  if (all) return [warn('rights', `${role} is a superuser, as which the triggers will run`, 'Use a role with less: see Rights in docs/operations.md.')];
  return [ok('rights', `${role} may read and write Belfry's tables${create ? ' and apply rules' : ', and not apply rules'}`)];
};

/** Compared in the middle of a round trip. */
export const clock: Check = async ({ client }) => {
  const before = Date.now();
  const { rows } = await client.query<{ now: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now');
  const after = Date.now();
  const apart = Math.round((rows[0]?.now ?? 0) - (before + after) / 2);
  const found = `PostgreSQL's is ${Math.abs(apart)} ms ${apart < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (Math.abs(apart) <= CLOCKS_APART_MS) return [ok('clock', found)];
  return [warn('clock', found, 'Have both follow a time server: tokens expire and times are shown by them.')];
};
