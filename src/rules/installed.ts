import type pg from 'pg';
import type { Captures } from './captures.js';
import { ruleDefinition, type Rule } from './rule.js';
import { hasItsSettings } from './trigger-settings.js';

/** A trigger of ours as the catalog has it. */
export interface InstalledTrigger {
  table: number;
  /** The table's name, with its schema. */
  on: string;
  name: string;
  /** `pg_trigger.tgenabled`: O and A fire, D and R do not. */
  enabled: string;
  /** `pg_trigger.tgtype`, a bit mask of when it fires. */
  type: number;
  /** PostgreSQL's own copy, for a partition. */
  copy: boolean;
}

/** Whether it fires for ordinary sessions. */
export function fires({ enabled }: InstalledTrigger): boolean {
  return enabled === 'O' || enabled === 'A';
}

/** A rule that is in force, or what is left of one. */
export interface InstalledRule {
  topic: string;
  /** Null: a function without a row, left by a restored backup. */
  id: number | null;
  definition: Rule | null;
  fingerprint: string | null;
  captures: Captures | null;
  /** Source of the trigger function; null when it is gone or was altered in its attributes. */
  body: string | null;
  triggers: InstalledTrigger[];
}

const INSTALLED = `
  with functions as (
    select p.oid, substr(p.proname, 6) as topic,
           case when p.prosecdef then p.prosrc end as body, p.proconfig as settings
      from pg_proc p
     where p.pronamespace = 'belfry'::regnamespace and p.proname like 'rule:%'
  )
  select coalesce(r.topic, f.topic) as topic, r.id, r.definition, r.fingerprint, r.captures, f.body, f.settings,
         coalesce((
           select jsonb_agg(jsonb_build_object(
                    'table', t.tgrelid::int8, 'on', format('%s.%s', n.nspname, c.relname), 'name', t.tgname,
                    'enabled', t.tgenabled, 'type', t.tgtype, 'copy', t.tgparentid <> 0) order by t.oid)
             from pg_trigger t
             join pg_class c on c.oid = t.tgrelid
             join pg_namespace n on n.oid = c.relnamespace
            where t.tgfoid = f.oid), '[]') as triggers
    from (select * from belfry.rules where retired_at is null) r
    full join functions f on f.topic = r.topic
   order by 1`;

/** The rules in force, each with the state of its trigger; none where Belfry has never been. */
export async function readInstalled(client: pg.ClientBase | pg.Pool): Promise<InstalledRule[]> {
  if (!(await hasSchema(client))) return [];
  const { rows } = await client.query<InstalledRule & { settings: string[] | null }>(INSTALLED);
  return rows.map(({ settings, ...rule }) => {
    const { definition, captures, body } = rule;
    const isAsMade = !definition || !captures || hasItsSettings(ruleDefinition.parse(definition), captures, settings ?? []);
    return { ...rule, body: isAsMade ? body : null };
  });
}

/** Whether Belfry's tables are in this database. */
export async function hasSchema(client: pg.ClientBase | pg.Pool): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(`select to_regclass('belfry.rules') is not null as there`);
  return rows[0]?.there ?? false;
}

/** Every version of every rule by its id, retired ones too: what they captured is still to be delivered. */
export async function installedRules(client: pg.ClientBase | pg.Pool): Promise<Map<number, Rule>> {
  const { rows } = await client.query<{ id: number; definition: unknown }>(
    'select id, definition from belfry.rules order by id',
  );
  return new Map(rows.map(({ id, definition }) => [id, ruleDefinition.parse(definition)]));
}
