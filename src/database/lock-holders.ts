import type pg from 'pg';

const HOLDER = `
  format('pid %s (%s, %s, %s, transaction open for %s s%s)', l.pid,
         coalesce(nullif(a.application_name, ''), 'no application name'), coalesce(a.state, 'unknown'),
         coalesce(l.relation::regclass::text, 'advisory lock'),
         coalesce(extract(epoch from clock_timestamp() - a.xact_start)::bigint::text, '?'),
         ': ' || nullif(left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80), ''))`;

/** A table by its two names. */
export interface NamedTable {
  schema: string;
  name: string;
}

/** Who holds locks on these tables or on those with a trigger of ours: a person's answer to "what is in the way?" */
export async function holdersOf(client: pg.ClientBase, tables: readonly NamedTable[], advisory: bigint): Promise<string> {
  const named = `(n.nspname, c.relname) in (select * from unnest($1::text[], $2::text[]))
                  or l.relation in (select t.tgrelid from pg_trigger t join pg_proc p on p.oid = t.tgfoid
                                     where p.pronamespace = 'belfry'::regnamespace)
                  or ${isAdvisory('$3')}`;
  return holders(client, named, [tables.map(({ schema }) => schema), tables.map(({ name }) => name), advisory]);
}

/** Who holds locks on anything in a schema. */
export async function holdersIn(client: pg.ClientBase, schema: string): Promise<string> {
  return holders(client, 'n.nspname = $1', [schema]);
}

/** Who holds a session's or a transaction's advisory lock. */
export async function holdersOfAdvisoryLock(client: pg.ClientBase, advisory: bigint): Promise<string> {
  return holders(client, isAdvisory('$1'), [advisory]);
}

function isAdvisory(parameter: string): string {
  return `(l.locktype = 'advisory' and (l.classid::bigint << 32 | l.objid::bigint) = ${parameter})`;
}

async function holders(client: pg.ClientBase, which: string, values: unknown[]): Promise<string> {
  const { rows } = await client.query<{ holder: string }>(
    `select distinct ${HOLDER} as holder
       from pg_locks l
       left join pg_stat_activity a on a.pid = l.pid
       left join pg_class c on c.oid = l.relation
       left join pg_namespace n on n.oid = c.relnamespace
      where l.granted and l.pid <> pg_backend_pid()
        and l.database = (select oid from pg_database where datname = current_database())
        and (${which})
      order by 1
      limit 5`,
    values,
  );
  return rows.length === 0 ? 'a transaction that has ended since' : rows.map(({ holder }) => holder).join(', ');
}
