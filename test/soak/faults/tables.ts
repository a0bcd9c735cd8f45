import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Fault, operate } from './fault.js';

/** What happens to Belfry's tables. The business writes on meanwhile. */
export const TABLE_FAULTS = {
  'the doorbell is dumb': {
    part: 'tables',
    async happen(stage, chance) {
      let ring = '';
      await operate(stage, async (client) => {
        const { rows } = await client.query<{ ring: string }>(`select pg_get_functiondef('belfry.ring'::regproc) as ring`);
        // Not what an attempt before has made of it.
        ring ||= rows[0]?.ring ?? '';
        await client.query(`create or replace function belfry.ring() returns void language plpgsql as 'begin end'`);
      });
      await sleep(chance.between(1_000, 3_000));
      await operate(stage, (client) => client.query(ring));
    },
  },
  'a table is locked': {
    part: 'tables',
    async happen(stage, chance) {
      const table = chance.pick(['notifications', 'audience', 'journal']);
      // Longer than the relay waits for a lock, or not.
      const seconds = chance.between(1, 8);
      await operate(stage, (client) => holdLock(client, table, seconds * 1_000));
    },
  },
  'the disk is full': {
    part: 'tables',
    async happen(stage, chance) {
      const table = chance.pick(['notifications', 'audience', 'journal']);
      await operate(stage, (client) =>
        client.query(`
          create or replace function public.disk_is_full() returns trigger language plpgsql as $$
          begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
          create or replace trigger disk_is_full before insert on belfry.${table} for each statement execute function public.disk_is_full()`),
      );
      await sleep(chance.between(500, 4_000));
      await operate(stage, (client) => client.query(`drop trigger if exists disk_is_full on belfry.${table}`));
    },
  },
} satisfies Record<string, Fault>;

async function holdLock(client: pg.Client, table: string, ms: number): Promise<void> {
  await client.query('begin');
  await client.query(`lock table belfry.${table} in access exclusive mode`);
  await sleep(ms);
  await client.query('commit');
}
