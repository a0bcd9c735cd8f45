import type pg from 'pg';
import { showTable, type TableName } from './rule.js';

/** A column as PostgreSQL has it now. */
export interface Column {
  name: string;
  /** The type's name without its modifier: `character varying`, not `character varying(20)`. */
  type: string;
  /** Whether `operator(pg_catalog.=)` can be asked; json and geometry, say, have no equality there. */
  comparable: boolean;
  /** Generated when it is read (PostgreSQL 18): a trigger sees null in it. */
  virtual: boolean;
}

/** A table as PostgreSQL has it now. */
export interface Table extends TableName {
  oid: number;
  /** `pg_class.relkind`: r table, p partitioned, v view, m materialized view, f foreign table … */
  kind: string;
  mayTrigger: boolean;
  /** Whether its schema is open to us. */
  mayReach: boolean;
  columns: Column[];
  /** Columns of the primary key, in its order. */
  key: string[];
  /**
   * The tables that inherit from it, at whatever depth: its rows are theirs too, its triggers are not. Without partitions, which
   * PostgreSQL itself gives the triggers of the whole, and temporary ones, which only their session sees.
   */
  heirs: Heir[];
}

/** A table that inherits from another. */
export type Heir = Pick<Table, 'oid' | 'schema' | 'name' | 'mayTrigger' | 'mayReach'>;

const TABLES = `
  select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, c.relkind as kind,
         has_table_privilege(c.oid, 'trigger') as "mayTrigger", has_schema_privilege(n.oid, 'usage') as "mayReach",
         coalesce((
           select jsonb_agg(jsonb_build_object(
                    'name', a.attname,
                    'type', format_type(a.atttypid, null),
                    'virtual', a.attgenerated = 'v',
                    'comparable', t.typtype <> 'd' and i.typnamespace = 'pg_catalog'::regnamespace and (
                      i.typtype in ('r', 'm') or i.oid = 'varchar'::regtype or exists (
                        select from pg_opclass o
                         where o.opcintype = i.oid and o.opcdefault
                           and o.opcmethod in (select m.oid from pg_am m where m.amname in ('btree', 'hash'))))
                      or i.typtype = 'e'
                  ) order by a.attnum)
             from pg_attribute a
             join pg_type t on t.oid = a.atttypid
             join pg_type i on i.oid = case when t.typcategory = 'A' and t.typelem <> 0 then t.typelem else t.oid end
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
         array(
           select a.attname::text
             from pg_index x
             cross join unnest(x.indkey) with ordinality as k (attnum, place)
             join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
            where x.indrelid = c.oid and x.indisprimary and k.place <= x.indnkeyatts
            order by k.place) as key,
         coalesce((
           with recursive below as (
             select i.inhrelid from pg_inherits i where i.inhparent = c.oid
             union
             select i.inhrelid from pg_inherits i join below on i.inhparent = below.inhrelid)
           select jsonb_agg(jsonb_build_object('oid', h.oid::int8, 'schema', h.relnamespace::regnamespace::name, 'name', h.relname,
                                               'mayTrigger', has_table_privilege(h.oid, 'trigger'),
                                               'mayReach', has_schema_privilege(h.relnamespace, 'usage')) order by h.oid)
             from below
             join pg_class h on h.oid = below.inhrelid and not h.relispartition and h.relpersistence <> 't'), '[]') as heirs
    from unnest($1::text[], $2::text[]) as wanted (schema, name)
    join pg_namespace n on n.nspname = wanted.schema
    join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
   where c.relkind not in ('i', 'I', 't', 'c')`;

/** The tables of these names that exist, by `showTable` of their names. */
export async function readTables(
  client: pg.ClientBase | pg.Pool,
  names: readonly TableName[],
): Promise<Map<string, Table>> {
  const { rows } = await client.query<Omit<Table, 'oid'> & { oid: string }>(TABLES, [
    names.map(({ schema }) => schema),
    names.map(({ name }) => name),
  ]);
  return new Map(rows.map((row) => [showTable(row), { ...row, oid: Number(row.oid) }]));
}

/** The tables that a rule could be about; of a partitioned one only the whole. */
export async function listTables(client: pg.ClientBase): Promise<TableName[]> {
  const { rows } = await client.query<TableName>(`
    select n.nspname as schema, c.relname as name
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
       and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'belfry')
     order by 1, 2
     limit 5000`);
  return rows;
}
