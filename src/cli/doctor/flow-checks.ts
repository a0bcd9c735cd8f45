import { counted } from '../output.js';
import { readPipeline } from '../pipeline.js';
import { type Check, error, ok, warn } from './finding.js';

/** A change waits milliseconds; one that waits so long shows that nobody relays, in seconds. */
const LATE_S = 10;
/** From this share of the notification queue on nobody is asked to ring any more. */
const QUEUE_FULL = 0.25;
const QUEUE_HIGH = 0.05;
/** What an open transaction saw is kept for it, dead rows of the outbox among them; longer ones slow the relay, in seconds. */
const LONG_TRANSACTION_S = 600;

/** Whether what is committed gets through. */
export const backlog: Check = async ({ client }) => {
  const { relay, waiting, parked } = await readPipeline(client);
  const oldest = waiting.oldestSeconds ?? 0;
  const waits = `${waiting.count} waiting${waiting.count > 0 ? `, the oldest for ${oldest.toFixed(1)} s` : ''}`;
  return [
    relay === null
      ? warn('relay', 'no server relays', 'Start one: belfry start.')
      : ok('relay', `by ${relay}`),
    waiting.count > 0 && oldest > LATE_S
      ? error('backlog', waits, relay === null ? 'Start a server.' : 'See the log of the server that relays.')
      : ok('backlog', waits),
    parked > 0
      ? warn('parked', `${counted(parked, 'change')} could not become a notification`, 'belfry status says why; belfry retry sends them again.')
      : ok('parked', 'none'),
  ];
};

/** A full queue makes every commit that notifies fail, on the whole server. */
export const queue: Check = async ({ client }) => {
  const { rows } = await client.query<{ usage: number }>('select pg_notification_queue_usage() as usage');
  const usage = rows[0]?.usage ?? 0;
  const found = `${(usage * 100).toFixed(1)} % full`;
  if (usage < QUEUE_HIGH) return [ok('queue', found)];
  const advice = 'Some session listens and sits in a transaction: find it in pg_stat_activity (idle in transaction) and end it.';
  return [usage < QUEUE_FULL ? warn('queue', found, advice) : error('queue', found, advice)];
};

export const transactions: Check = async ({ client }) => {
  const { rows } = await client.query<{ holder: string }>(
    `select format('pid %s (%s, %s) for %s s', pid, coalesce(nullif(application_name, ''), 'no application name'), state,
                   extract(epoch from clock_timestamp() - xact_start)::bigint) as holder
       from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend'
        and xact_start < clock_timestamp() - $1 * interval '1 s'
      order by xact_start
      limit 3`,
    [LONG_TRANSACTION_S],
  );
  if (rows.length === 0) return [ok('transactions', 'none is open for long')];
  const found = `open for long: ${rows.map(({ holder }) => holder).join(', ')}`;
  return [warn('transactions', found, 'End it if nobody needs it: dead rows are kept for it, and the outbox slows down.')];
};
