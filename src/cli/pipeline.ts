import type pg from 'pg';
import { LEADER_LOCK, LOCK_SPACE } from '../relay/doorbell.js';

/** What is on its way through the database now. */
export interface Pipeline {
  /** The session that relays, `pid 4711 (10.0.0.3)`; null when none does. */
  relay: string | null;
  /** Changes in the outbox. */
  waiting: { count: number; oldestSeconds: number | null };
  /** Changes that could not become a notification. */
  parked: number;
  /** The last one given. */
  position: string;
}

export async function readPipeline(client: pg.ClientBase): Promise<Pipeline> {
  const { rows } = await client.query<{ relay: string | null; count: number; oldest: number | null; parked: number; position: string }>(
    `select (select format('pid %s%s', l.pid, ' (' || host(a.client_addr) || ')')
               from pg_locks l
               left join pg_stat_activity a on a.pid = l.pid
              where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = $1 and l.objid = $2
                and l.database = (select oid from pg_database where datname = current_database())
              limit 1) as relay,
            (select count(*)::int from belfry.changes) as count,
            (select extract(epoch from clock_timestamp() - captured_at)::float8 from belfry.changes order by id limit 1) as oldest,
            (select count(*)::int from belfry.failed_changes) as parked,
            (select position from belfry.relay_state) as position`,
    [LOCK_SPACE, LEADER_LOCK],
  );
  const { relay = null, count = 0, oldest = null, parked = 0, position = '0' } = rows[0] ?? {};
  return { relay, waiting: { count, oldestSeconds: oldest }, parked, position };
}
