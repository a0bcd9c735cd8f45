import type pg from 'pg';
import type { TableName } from './rule.js';

/** Who holds locks on these tables, or the advisory lock: a person's answer to "what is in the way?" */
export async function whoHolds(client: pg.ClientBase, tables: readonly TableName[], advisory: bigint): Promise<string> {
  const { rows } = await client.query<{ holder: string }>(
    `select distinct
            format('pid %s (%s, %s%s, transaction open for %s s%s)', l.pid,
                   coalesce(nullif(a.application_name, ''), 'no application name'), coalesce(a.state, 'unknown'),
                   ', ' || coalesce(l.relation::regclass::text, 'applying rules'),
                   coalesce(extract(epoch from clock_timestamp() - a.xact_start)::bigint::text, '?'),
                   ': ' || nullif(left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80), '')) as holder
       from pg_locks l
       left join pg_stat_activity a on a.pid = l.pid
       left join pg_class c on c.oid = l.relation
       left join pg_namespace n on n.oid = c.relnamespace
      where l.granted and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
        and ((l.locktype = 'relation'
              and ((n.nspname, c.relname) in (select * from unnest($1::text[], $2::text[]))
                or l.relation in (select t.tgrelid from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                                   where p.pronamespace = 'belfry'::regnamespace)))
          or (l.locktype = 'advisory' and (l.classid::bigint << 32 | l.objid::bigint) = $3))
      order by 1
      limit 5`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name), advisory],
  );
  return rows.length === 0 ? 'a transaction that has ended since' : rows.map(({ holder }) => holder).join(', ');
}
