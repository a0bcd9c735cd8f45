import { setTimeout as sleep } from 'node:timers/promises';
import { CROWD } from '../rules.js';
import type { Stage } from '../stage.js';
import { type Fault, operate } from './fault.js';

const TABLES = ['captured_rows', 'other_changes', 'notifications', 'audience', 'journal', 'inboxes', 'receipts', 'relay_state', 'epochs'];

/** What an administrator may set for a database, each of which changes what a statement means, or whether it may run. */
const SETTINGS: readonly string[][] = [
  [`default_transaction_isolation = 'serializable'`],
  [`default_transaction_isolation = 'repeatable read'`],
  [`default_transaction_read_only = on`],
  [`statement_timeout = '50ms'`],
  [`lock_timeout = '20ms'`, `idle_in_transaction_session_timeout = '200ms'`],
  [`timezone = 'Asia/Kathmandu'`, `datestyle = 'SQL, DMY'`, `intervalstyle = 'sql_standard'`, `bytea_output = 'escape'`],
  [`search_path = ''`, `standard_conforming_strings = off`, `escape_string_warning = off`, 'extra_float_digits = -5'],
  [`enable_indexscan = off`, `enable_hashjoin = off`, `enable_sort = off`, `jit = on`, `jit_above_cost = 0`],
];

/** New sessions of ours, so that what was set holds for them. The business keeps those that it has. */
const endSessions = (stage: Stage): Promise<void> =>
  operate(stage, (client) => client.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'belfry %'`));

/** What others do to the server that Belfry shares with them. */
export const OUTSIDERS_FAULTS = {
  'every statement is cancelled': {
    part: 'database',
    async happen(stage, chance) {
      for (let times = chance.between(10, 60); times > 0; times--) {
        await operate(stage, (client) => client.query(`select pg_cancel_backend(pid) from pg_stat_activity where application_name like 'belfry %'`));
        await sleep(chance.between(0, 60));
      }
    },
  },
  'tables are rewritten': {
    part: 'tables',
    async happen(stage, chance) {
      for (let times = chance.between(2, 6); times > 0; times--) {
        const table = chance.pick(TABLES);
        await operate(stage, (client) => client.query(`${chance.pick(['vacuum full', 'reindex table', 'vacuum freeze', 'analyze'])} belfry.${table}`));
      }
    },
  },
  'the fence is held by an outsider': {
    part: 'tables',
    async happen(stage, chance) {
      const ms = chance.between(500, 6_000);
      await operate(stage, async (client) => {
        await client.query('begin');
        await client.query('select from belfry.relay_state for update');
        await sleep(ms);
        await client.query('commit');
      });
    },
  },
  'the database is set otherwise': {
    part: 'database',
    async happen(stage, chance) {
      const settings = chance.pick(SETTINGS);
      for (const setting of settings) await operate(stage, (client) => client.query(`alter database postgres set ${setting}`));
      await endSessions(stage);
      await sleep(chance.between(1_500, 4_000));
      await operate(stage, (client) => client.query('alter database postgres reset all'));
      await endSessions(stage);
    },
  },
  'no connection is left': {
    part: 'database',
    async happen(stage, chance) {
      const taken = await takeAll(stage);
      await endSessions(stage);
      taken.push(...(await takeAll(stage)));
      await sleep(chance.between(500, 3_000));
      await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
    },
  },
} satisfies Record<string, Fault>;

/** Connects until the server turns us down. */
async function takeAll({ postgres }: Stage): Promise<Awaited<ReturnType<Stage['postgres']['connect']>>[]> {
  const taken = [];
  for (;;) {
    const client = await postgres.connect('crowd', { user: CROWD }).catch(() => undefined);
    if (!client) return taken;
    taken.push(client);
  }
}
