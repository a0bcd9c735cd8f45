import type pg from 'pg';
import { dropTrigger } from './apply.js';
import { readInstalled } from './installed.js';
import { APPLY_LOCK, withoutQueueing, type LockOptions } from './lock-patience.js';
import { ruleDefinition } from './rule.js';

/** What was taken out of a database. */
export interface Removed {
  /** Whose triggers and functions are gone. */
  topics: string[];
  /** Whether schema `belfry` is gone as well, with all that it kept. */
  schema: boolean;
}

/** Something of somebody else's that would go with the schema. */
export class DependentsError extends Error {
  override readonly name = 'DependentsError';

  constructor(dependents: readonly string[]) {
    super(`found ${dependents.join(', ')}, which would go with schema belfry: drop it first, or keep the data`);
  }
}

/**
 * Takes Belfry out of a database, in one transaction: every trigger and function, and the schema unless `keepData`. Locks
 * the business's tables as applying does, and never queues for them.
 *
 * @throws DependentsError when a view or the like of somebody else's hangs on the schema; nothing is changed then
 */
export async function removeBelfry(client: pg.ClientBase, keepData: boolean, options: LockOptions = {}): Promise<Removed> {
  const installed = await readInstalled(client);
  const tables = installed.flatMap(({ definition }) => (definition ? [ruleDefinition.parse(definition).table] : []));
  return withoutQueueing(client, tables, options, async () => {
    await client.query('select pg_advisory_xact_lock($1)', [APPLY_LOCK]);
    const topics = (await readInstalled(client)).map(({ topic }) => topic);
    for (const topic of topics) await dropTrigger(client, topic);
    if (keepData) {
      await client.query('update belfry.rules set retired_at = now() where retired_at is null');
      return { topics, schema: false };
    }
    const dependents = await foreignDependents(client);
    if (dependents.length > 0) throw new DependentsError(dependents);
    await client.query('drop schema belfry cascade');
    return { topics, schema: true };
  });
}

/** What outside of the schema depends on something in it: views, foreign keys, columns of its types, other triggers. */
async function foreignDependents(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    with ours as (
      select 'pg_class'::regclass::oid as classid, oid as objid from pg_class where relnamespace = 'belfry'::regnamespace
      union select 'pg_proc'::regclass::oid, oid from pg_proc where pronamespace = 'belfry'::regnamespace
      union select 'pg_type'::regclass::oid, oid from pg_type where typnamespace = 'belfry'::regnamespace
    ), dependents as (
      select d.classid, d.objid, d.objsubid
        from pg_depend d
        join ours on d.refclassid = ours.classid and d.refobjid = ours.objid
       where d.deptype in ('n', 'a')
    )
    select distinct coalesce(v.oid::regclass::text, pg_describe_object(d.classid, d.objid, d.objsubid)) as name
      from dependents d
      left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
      left join pg_class v on v.oid = w.ev_class
      left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
      left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
      left join pg_class fc on fc.oid = f.adrelid
      left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
      left join pg_proc p on d.classid = 'pg_proc'::regclass and p.oid = d.objid
      left join pg_trigger t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
      left join pg_class tc on tc.oid = t.tgrelid
      left join pg_type y on d.classid = 'pg_type'::regclass and y.oid = d.objid
     where coalesce(v.relnamespace, c.relnamespace, fc.relnamespace, k.connamespace, p.pronamespace, tc.relnamespace, y.typnamespace)
           is distinct from 'belfry'::regnamespace
     order by 1
     limit 20`);
  return rows.map(({ name }) => name);
}
