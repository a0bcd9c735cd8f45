import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { SchemaWatch } from '../../src/database/schema-watch.service.js';
import { Lineage } from '../../src/relay/lineage.js';
import { BATCH, RelaySession } from '../../src/relay/relay-session.js';
import { RenderBudget } from '../../src/relay/render-budget.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let clients: pg.Client[] = [];
let business: pg.Client;
beforeEach(async () => {
  database = await createDatabase();
  business = await connect();
});
afterEach(async () => {
  for (const client of clients) await client.end();
  clients = [];
  await database.drop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  clients.push(client);
  return client;
}

/** A relay's session, and the names of the statements that it has sent. */
async function relay(onQuery: (name: string) => void = () => undefined, budget?: RenderBudget): Promise<RelaySession> {
  const client = await connect();
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  Object.assign(client, {
    query: (...args: unknown[]) => {
      const [first] = args;
      onQuery(typeof first === 'string' ? first : ((first as { name?: string }).name ?? ''));
      return query(...args);
    },
  });
  return RelaySession.unchecked(client, { note: () => undefined, isAhead: false } as unknown as SchemaWatch, new Lineage(), budget);
}

const publish = (from: number, upTo: number, client = business): Promise<unknown> =>
  client.query(`select belfry.publish('a.b', '{everyone}', 'nr ' || n) from generate_series($1::int, $2::int) as n`, [from, upTo]);

/** Relays until there is nothing left. @returns what each pass took */
async function drain(session: RelaySession): Promise<number[]> {
  const taken: number[] = [];
  for (;;) {
    const pass = await session.relay(true);
    if (pass.taken === 0 && !pass.goesOn) return taken;
    taken.push(pass.taken);
  }
}

async function told(): Promise<string[]> {
  const { rows } = await business.query<{ title: string }>(
    'select n.title from belfry.journal j join belfry.notifications n on n.id = j.notification order by j.position',
  );
  return rows.map(({ title }) => title);
}
const numbers = (from: number, upTo: number): string[] => Array.from({ length: upTo - from + 1 }, (_, nth) => `nr ${from + nth}`);

describe('a backlog', () => {
  it('is decided one batch ahead, and told once and in order', async () => {
    const statements: string[] = [];
    await publish(1, 2 * BATCH + 200);
    expect(await drain(await relay((name) => statements.push(name)))).toEqual([BATCH, BATCH, 200]);
    expect(await told()).toEqual(numbers(1, 2 * BATCH + 200));
    // The first batch, and a look after the last.
    expect(statements.filter((name) => name === 'outbox-peek')).toHaveLength(2);
    expect(statements.filter((name) => name === 'outbox-take')).toHaveLength(2);
  });

  it('is read by its index, however small the outbox was when that was planned', async () => {
    await publish(1, 2 * BATCH);
    await business.query('insert into belfry.captured_rows (rule, operation) values (1, $1)', ['insert']);
    const session = await relay();
    const client = clients.at(-1);
    await drain(session);
    await business.query('vacuum analyze belfry.captured_rows');
    await business.query('vacuum analyze belfry.other_changes');
    // From the sixth time on the plan is kept.
    for (let times = 0; times < 6; times++) await session.relay(true);
    for (const statement of ['"outbox-take"(500, 0, null)', '"outbox-peek"(500, 0, null)', `"outbox-take-known"('{}')`]) {
      const rows = (await client?.query<{ 'QUERY PLAN': string }>(`explain execute ${statement}`))?.rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(rows).toContain('captured_rows_pkey');
      expect(rows).not.toMatch(/Seq Scan/);
    }
  });

  it('is not read ahead by a relay that keeps up', async () => {
    const statements: string[] = [];
    await publish(1, BATCH - 1);
    expect(await drain(await relay((name) => statements.push(name)))).toEqual([BATCH - 1]);
    expect(statements).not.toContain('outbox-peek');
  });

  it('is told without what was withdrawn after it was read ahead', async () => {
    await publish(1, 2 * BATCH + 200);
    const session = await relay();
    expect(await session.relay(true)).toMatchObject({ taken: BATCH, goesOn: true });
    await business.query(`delete from belfry.changes where new ->> 'title' = 'nr ${BATCH + 3}'`);
    expect(await drain(session)).toEqual([BATCH - 1, 200]);
    expect(await told()).toEqual([...numbers(1, BATCH + 2), ...numbers(BATCH + 4, 2 * BATCH + 200)]);
  });

  it('is told once and in order by two relays in turns, each with the batch ahead that the other takes', async () => {
    await publish(1, 4 * BATCH);
    const [one, other] = [await relay(), await relay()];
    for (const session of [one, other]) expect(await session.relay(true)).toMatchObject({ taken: BATCH, goesOn: true });
    // All gone, which is not the end.
    expect(await one.relay(true)).toMatchObject({ taken: 0, goesOn: true });
    for (const session of [other, one, other]) await session.relay(true);
    await drain(one);
    await drain(other);
    expect(await told()).toEqual(numbers(1, 4 * BATCH));
  });

  it('keeps its order where a batch can not be written and is taken apart', async () => {
    await publish(1, BATCH + 1);
    await business.query('alter table belfry.notifications alter column title type varchar(10)');
    await business.query(`select belfry.publish('a.b', '{everyone}', repeat('x', 20))`);
    await publish(BATCH + 2, BATCH + 4);
    await drain(await relay());
    expect(await told()).toEqual(numbers(1, BATCH + 4));
    expect((await business.query('select reason from belfry.failed_changes')).rows).toEqual([{ reason: expect.stringContaining('22001') }]);
  });

  it('keeps its order where a batch fails while the next one is still being decided', async () => {
    let isWriting = false;
    const wall = (): number => {
      for (const end = performance.now() + 0.3; isWriting && performance.now() < end;);
      return 0;
    };
    await publish(1, 2);
    await business.query(`select belfry.publish('a.b', '{everyone}', repeat('x', 20))`);
    await publish(3, 2 * BATCH);
    await business.query('alter table belfry.notifications alter column title type varchar(10)');
    const session = await relay((name) => (isWriting = name === 'relay-write'), new RenderBudget({ wall, cpu: () => 0 }));
    expect(await session.relay(true)).toMatchObject({ taken: 1 });
    // Until what was being decided then would have been.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await drain(session);
    expect(await told()).toEqual(numbers(1, 2 * BATCH));
  });

  it('keeps its order where a commit fails after the next batch was decided', async () => {
    await publish(1, BATCH + 5);
    await business.query(`
      create sequence belfry.tries;
      create function belfry.fail_once() returns trigger language plpgsql as $$
      begin
        if nextval('belfry.tries') = 1 then
          raise exception using errcode = '54000', message = 'as a full notification queue fails it';
        end if;
        return null;
      end $$;
      create constraint trigger fail_once after insert on belfry.journal deferrable initially deferred
        for each row when (new.position = 1) execute function belfry.fail_once()`);
    const session = await relay();
    expect(await session.relay(false)).toMatchObject({ taken: BATCH, queueFull: true });
    await drain(session);
    expect(await told()).toEqual(numbers(1, BATCH + 5));
  });

  it('finds what a change of the batch before it has begun', async () => {
    await business.query(`select belfry.publish('a.b', '{everyone}', 'begun', key => 'k')`);
    await publish(1, BATCH);
    await business.query(`select belfry.publish('a.b', '{everyone}', 'raised', key => 'k')`);
    await drain(await relay());
    const { rows } = await business.query('select title, occurrences from belfry.notifications where key is not null');
    expect(rows).toEqual([{ title: 'raised', occurrences: 2 }]);
  });

  it('is taken as one snapshot saw it: a cause that was committed meanwhile comes before its effect', async () => {
    const late = await connect();
    await late.query('begin');
    await late.query(`select belfry.publish('a.b', '{everyone}', 'cause')`);
    await publish(1, 2 * BATCH + 10);
    const session = await relay();
    await session.relay(true);
    await late.query('commit');
    await late.query(`select belfry.publish('a.b', '{everyone}', 'effect')`);
    await drain(session);
    expect(await told()).toEqual([...numbers(1, 2 * BATCH + 10), 'cause', 'effect']);
  });

  it('is decided as far as there is time, and the rest after that', async () => {
    let now = 0;
    let step = 0;
    const budget = new RenderBudget({ wall: () => (now += step), cpu: () => now });
    const onQuery = (name: string): void => {
      step = name === 'relay-write' ? 5 : 0;
    };
    await publish(1, 3 * BATCH);
    const taken = await drain(await relay(onQuery, budget));
    expect(taken[0]).toBe(BATCH);
    expect(taken[1]).toBeLessThan(BATCH);
    expect(await told()).toEqual(numbers(1, 3 * BATCH));
  });
});
