import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Doorbell } from '../../src/relay/doorbell.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

describe('the doorbell', () => {
  let database: TestDatabase;
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    clients.push(client);
    return client;
  };
  /** Writes a change as a trigger does, and looks whether to ring. */
  const write = (client: pg.Client): Promise<unknown> =>
    client.query(`insert into belfry.changes (operation) values ('insert'); select belfry.ring()`);
  /** How often it rang until now. */
  const listen = async (): Promise<() => Promise<number>> => {
    const listening = await connect();
    let rings = 0;
    listening.on('notification', () => rings++);
    await listening.query('listen belfry_changes');
    return async () => {
      await listening.query('select 1');
      return rings;
    };
  };

  /** Transactions are numbered for the whole server: one that another test has open is waited for as well. */
  const settled = (doorbell: Doorbell): Promise<true> => until('the doorbell is settled', () => doorbell.isSettled());

  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await database.drop();
  });

  it('is rung while the relay lies, and at no other time', async () => {
    const rings = await listen();
    const relay = await connect();
    const doorbell = new Doorbell(relay);
    const writer = await connect();
    await write(writer);
    expect(await rings()).toBe(0);
    await doorbell.lieDown();
    await write(writer);
    expect(await rings()).toBe(1);
    await doorbell.getUp();
    await write(writer);
    expect(await rings()).toBe(1);
  });

  it('stays up when a session keeps the lock, as one does that was cancelled between its two steps', async () => {
    const relay = await connect();
    const doorbell = new Doorbell(relay);
    const cancelled = await connect();
    await cancelled.query(`set application_name = 'cancelled'; select pg_try_advisory_lock_shared(1650814054, 2)`);
    expect(await doorbell.lieDown()).toMatch(/pid \d+ \(cancelled/);
    expect(doorbell.isAsleep).toBe(false);
    // Not tried again at once: each try makes writers ring for nothing.
    expect(await doorbell.lieDown()).toBeUndefined();
    const { rows } = await relay.query<{ lock_timeout: string }>('show lock_timeout');
    expect(rows[0]?.lock_timeout).not.toBe('250ms');
  });

  it('is not rung for a relay that is gone', async () => {
    const rings = await listen();
    const relay = await connect();
    await new Doorbell(relay).lieDown();
    const { rows } = await relay.query<{ pid: number }>('select pg_backend_pid() as pid');
    const writer = await connect();
    relay.on('error', () => undefined);
    await writer.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    await write(writer);
    expect(await rings()).toBe(0);
  });

  it('leaves no lock with a writer, however long its transaction lasts', async () => {
    const writer = await connect();
    await writer.query('begin');
    await write(writer);
    const { rows } = await writer.query(`select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`);
    expect(rows).toEqual([]);
    // Nor does it keep the relay from lying down.
    await new Doorbell(await connect()).lieDown();
    await writer.query('rollback');
  });

  it('is settled only when everybody has ended who looked before the relay lay down', async () => {
    const doorbell = new Doorbell(await connect());
    const before = await connect();
    await before.query('begin');
    await write(before);
    await doorbell.lieDown();
    expect(await doorbell.isSettled()).toBe(false);
    // One that looks now rings, and need not be waited for.
    const after = await connect();
    await after.query('begin');
    await write(after);
    expect(await doorbell.isSettled()).toBe(false);
    await before.query('commit');
    await settled(doorbell);
    await after.query('commit');
  });

  it('is not settled while the relay is up', async () => {
    const doorbell = new Doorbell(await connect());
    expect(await doorbell.isSettled()).toBe(false);
    await doorbell.lieDown();
    await settled(doorbell);
    await doorbell.getUp();
    expect(await doorbell.isSettled()).toBe(false);
  });
});
