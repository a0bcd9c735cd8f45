import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { readConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/ops/logger.js';
import { LOCK_SPACE } from '../../src/relay/doorbell.js';
import { type RunningApp, startApp } from '../../src/start-app.js';
import { Reader } from '../support/reader.js';
import { SECRET, tokenFor } from '../support/tokens.js';
import { GuardedShop } from './documented-grants.js';

const RULES = fileURLToPath(new URL('../../belfry.yaml', import.meta.url));

let shop: GuardedShop;
let program: pg.Client;
beforeAll(async () => {
  shop = await GuardedShop.start();
  program = await shop.as('shop');
});
afterAll(() => shop.stop());

async function startAs(role: string, env: Record<string, string> = {}): Promise<RunningApp> {
  const url = shop.url(role);
  const config = readConfig({
    DATABASE_URL: url, BELFRY_CONFIG: RULES, BELFRY_JWT_SECRET: SECRET, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error', ...env,
  }, join(RULES, '..'));
  return startApp(config, { url, directUrl: url }, createLogger(config));
}

async function call(app: RunningApp, method: string, path: string, body?: object): Promise<{ status: number; body: never }> {
  const response = await fetch(`${app.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${await tokenFor('ann', ['sales'])}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as never };
}

/** A row that another role writes is seen, listed and marked. */
async function goRound(app: RunningApp): Promise<void> {
  const reader = await Reader.open(app.url, { token: await tokenFor('ann', ['sales']) });
  await reader.frame('ready');
  await program.query(`insert into public.orders (customer_name, total_cents) values ('Zoe', 100)`);
  const { data } = await reader.frame('notifications');
  const [notification] = data as [{ id: string; title: string }];
  expect(notification.title).toMatch(/^New order #\d+$/);
  expect(await call(app, 'GET', `/notifications/${notification.id}`)).toMatchObject({ status: 200, body: { why: { rule: expect.anything() } } });
  expect(await call(app, 'PATCH', `/notifications/${notification.id}/read`)).toMatchObject({ status: 200, body: { readAt: expect.any(String) } });
  expect(await call(app, 'POST', '/notifications/seen', { upTo: notification.id })).toMatchObject({ status: 200 });
  expect(await call(app, 'POST', '/notifications/read', { upTo: notification.id })).toMatchObject({ status: 200, body: { unread: { count: 0 } } });
  expect(await call(app, 'GET', '/rules')).toMatchObject({ status: 200 });
  expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
  await reader.frame('receipts');
  reader.close();
}

describe('with the rights that the documents grant', () => {
  it('does not start as the role that runs before the owner has been there', async () => {
    await expect(startAs('belfry', { BELFRY_APPLY: 'off' })).rejects.toThrow(/lacks 2026.*start once without it, as the role that owns/);
  });

  it('starts, applies and does all its work as the owner', async () => {
    const app = await startAs('belfry_owner');
    await goRound(app);
    await app.close();
    // Once more: nothing to apply, and no more rights needed for that.
    await (await startAs('belfry_owner')).close();
  });

  it('does all its work as the role that runs, and is told what it can not apply', async () => {
    const app = await startAs('belfry', { BELFRY_APPLY: 'off' });
    await goRound(app);
    await app.close();
    const client = await shop.as('belfry');
    for (const statement of [
      'create table belfry.mine ()', 'drop table belfry.receipts', 'truncate belfry.captured_rows', 'truncate belfry.other_changes', 'alter table belfry.changes disable trigger all',
      'create or replace function belfry.ring() returns void language sql as $$ select $$', 'select from public.orders', 'delete from public.orders',
      'create trigger x after insert on public.orders for each row execute function belfry."rule:order.created"()',
    ]) {
      await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/);
    }
  });

  it('has a role that applies rules and is no superuser, nor reads the business’s tables', async () => {
    const owner = await shop.as('belfry_owner');
    await expect(owner.query('select from public.orders')).rejects.toThrow(/permission denied/);
    await expect(owner.query('create schema another')).rejects.toThrow(/permission denied/);
    const { rows } = await owner.query(`select distinct p.proowner::regrole::text as owner, r.rolsuper from pg_proc p join pg_roles r on r.oid = p.proowner where pronamespace = 'belfry'::regnamespace`);
    expect(rows).toEqual([{ owner: 'belfry_owner', rolsuper: false }]);
  });
});

describe('a program that writes to a table with rules', () => {
  it.each([
    'select * from belfry.notifications', 'select * from belfry.changes', 'select * from belfry._prisma_migrations',
    `insert into belfry.changes (rule, operation, key, new) values (1, 'insert', '1', '{"id": 1}')`,
    `insert into belfry.notifications (id, topic, severity, title, created_at, updated_at) values (1, 'x', 'info', 'x', now(), now())`,
    'update belfry.relay_state set position = 0', 'delete from belfry.journal', 'select belfry.ring()', 'create table belfry.mine ()',
    `select belfry.publish('a.b', array['everyone'], 't')`, `select belfry.resolve('a.b', 'k')`,
    'select belfry."rule:order.created"()',
  ])('can not do this: %s', async (statement) => {
    await expect(program.query(statement)).rejects.toThrow(/permission denied for schema belfry/);
  });

  it('can not put our function on a table of its own, and so forge what another table says', async () => {
    await program.query('create table public.fake_orders (like public.orders)');
    const forge = 'create trigger forge after insert on public.fake_orders for each row execute function belfry."rule:order.created"()';
    await expect(program.query(forge)).rejects.toThrow(/permission denied for schema belfry/);
    // Not even with the schema open to it.
    const admin = await shop.as('postgres');
    await admin.query('grant usage on schema belfry to shop');
    await expect(program.query(forge)).rejects.toThrow(/permission denied for function/);
    await admin.query('revoke usage on schema belfry from shop');
  });

  it('has nothing of its own run by the trigger, whatever names it takes', async () => {
    const owner = await shop.as('belfry_owner');
    await owner.query('delete from belfry.changes');
    await program.query('create table public.caught (who text)');
    await program.query('grant all on public.caught to public');
    const trap = `language plpgsql as $$ begin insert into public.caught values (current_user); return null; end $$`;
    for (const schema of ['public', 'pg_temp']) {
      for (const name of [
        'lower(text)', 'current_setting(text, boolean)', 'to_jsonb(anyelement)', 'jsonb_build_object(variadic text[])', 'concat_ws(text, text)', 'ring()',
        'pg_try_advisory_lock_shared(integer, integer)', 'pg_advisory_unlock_shared(integer, integer)',
      ]) {
        await program.query(`create function ${schema}.${name} returns ${name.includes('any') ? 'jsonb' : 'text'} ${trap}`);
      }
    }
    await program.query(`create function public.same(bigint, bigint) returns boolean ${trap}`);
    await program.query('create operator public.= (leftarg = bigint, rightarg = bigint, function = public.same)');
    const operators = [
      ['text', '=', 'text', 'boolean'], ['text', '<>', 'text', 'boolean'], ['text', '||', 'text', 'text'], ['jsonb', '=', 'jsonb', 'boolean'],
      ['jsonb', '->', 'text', 'jsonb'], ['jsonb', '->>', 'text', 'text'], ['jsonb', '||', 'jsonb', 'jsonb'], ['double precision', '<', 'numeric', 'boolean'],
    ] as const;
    for (const [nth, [left, name, right, result]] of operators.entries()) {
      await program.query(`create function public.trap_${nth}(${left}, ${right}) returns ${result} ${trap}`);
      await program.query(`create operator public.${name} (leftarg = ${left}, rightarg = ${right}, function = public.trap_${nth})`);
    }
    await program.query('create temporary table changes (id int); create temporary table rules (id int)');
    await program.query('create domain pg_temp.jsonb as text; create domain pg_temp.text as pg_catalog.text check (public.same(1, 1))');
    await program.query('set search_path = pg_temp, public, pg_catalog');
    await program.query(`insert into public.orders (customer_name, total_cents) values ('Mallory', 1)`);
    // As a relay that sleeps.
    await owner.query(`select pg_advisory_lock(${LOCK_SPACE}, 2)`);
    await program.query(`update public.orders set status = 'cancelled' where total_cents operator(pg_catalog.=) 1`);
    await owner.query(`select pg_advisory_unlock(${LOCK_SPACE}, 2)`);
    // What fails is read by other ways.
    const admin = await shop.as('postgres');
    await admin.query('alter table public.orders rename customer_name to customer');
    await program.query(`insert into public.orders (customer, total_cents) values ('Mallory', 2)`);
    await program.query(`update public.orders set status = 'cancelled' where total_cents operator(pg_catalog.=) 2`);
    await admin.query('alter table public.orders rename customer to customer_name');
    await program.query('reset search_path');
    const { rows: caught } = await owner.query('select * from public.caught');
    expect(caught).toEqual([]);
    const { rows: captured } = await owner.query('select operation, capture, db_role from belfry.changes order by id');
    const drift = expect.stringMatching(/^drift: /);
    expect(captured).toEqual([
      { operation: 'insert', capture: null, db_role: 'shop' },
      { operation: 'update', capture: null, db_role: 'shop' },
      { operation: 'insert', capture: drift, db_role: 'shop' },
      { operation: 'update', capture: drift, db_role: 'shop' },
    ]);
  });

  it('publishes where it may, by its own name, and can do no more than that', async () => {
    const admin = await shop.as('postgres');
    await admin.query('grant usage on schema belfry to shop');
    await expect(program.query(`select belfry.publish('a.b', array['everyone'], 't')`)).rejects.toThrow(/permission denied for function publish/);
    await expect(program.query(`select belfry.resolve('a.b', 'k')`)).rejects.toThrow(/permission denied for function resolve/);
    const takeBack = await shop.letPublish();
    const owner = await shop.as('belfry_owner');
    await owner.query('delete from belfry.changes');
    // Traps for whatever the functions call, that run as their owner.
    await program.query(`create function pg_temp.publication(text, text[], text, text, text, text, text, interval) returns jsonb language sql as $$ select '{}'::jsonb $$`);
    await program.query('set search_path = pg_temp, public, pg_catalog');
    await program.query(`select belfry.publish('a.b', array['everyone'], 't', key => 'k'), belfry.resolve('a.b', 'k')`);
    await program.query('reset search_path');
    const { rows } = await owner.query(`select operation, db_role, new ->> 'topic' as topic from belfry.changes order by id`);
    expect(rows).toEqual([{ operation: 'publish', db_role: 'shop', topic: 'a.b' }, { operation: 'resolve', db_role: 'shop', topic: 'a.b' }]);
    for (const statement of ['select * from belfry.changes', `insert into belfry.changes (operation) values ('publish')`, 'select * from belfry.publications']) {
      await expect(program.query(statement)).rejects.toThrow(/permission denied for (table|view)/);
    }
    await takeBack();
  });

  it('says who acts, and can not say which database role it is', async () => {
    const owner = await shop.as('belfry_owner');
    await owner.query('delete from belfry.changes');
    await program.query(`set belfry.actor = 'the boss'`);
    await program.query(`insert into public.orders (customer_name, total_cents) values ('Mallory', 1)`);
    const { rows } = await owner.query('select actor, db_role from belfry.changes');
    expect(rows).toEqual([{ actor: 'the boss', db_role: 'shop' }]);
    await program.query('reset belfry.actor');
  });
});

describe('the owner of a table with rules', () => {
  it('reaches as far as the owner of the schema belfry by a cast of its own, and no further', async () => {
    const owner = await shop.as('shop_owner');
    await owner.query(`
      create table public.reached (who text); grant insert on public.reached to public;
      create type public.trap as enum ('a');
      create function public.spring(public.trap) returns json language plpgsql as
        $$ begin insert into public.reached values (current_user); return '1'; end $$;
      create cast (public.trap as json) with function public.spring(public.trap);
      alter table public.orders alter customer_name type public.trap using 'a'::public.trap`);
    await owner.query(`insert into public.orders (customer_name, total_cents) values ('a', 1)`);
    const { rows } = await owner.query<{ who: string }>('select distinct who from public.reached');
    expect(rows).toEqual([{ who: 'belfry_owner' }]);
    const { rows: powers } = await owner.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname = 'belfry_owner'`,
    );
    expect(powers).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, rolbypassrls: false }]);
  });
});
