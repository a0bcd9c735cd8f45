import { afterEach, describe, expect, it } from '@jest/globals';
import { Outbox } from '../../src/relay/outbox.js';
import { retryParked } from '../../src/rules/parked.js';
import { rule, Workbench } from './workbench.js';

let bench: Workbench;
afterEach(() => bench.close());

const THINGS = 'create table things (id bigint primary key, status text, name text, at timestamptz)';

async function lying(): Promise<unknown> {
  const { rows } = await bench.client.query('select key, old::text, new::text from belfry.changes order by id');
  return rows;
}

describe('what a trigger captures', () => {
  it('lies in the outbox without the columns’ names and without a key that is among them, and is read whole', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('on: [insert, update, delete]\ntitle: "{{ row.status }} {{ row.name }}"'));
    await bench.client.query(`insert into things values (7, 's', 'n, "1"'); update things set id = 8; delete from things`);
    expect(await lying()).toEqual([
      { key: null, old: null, new: '[7, "n, \\"1\\"", "s"]' },
      { key: null, old: '[7, "n, \\"1\\"", "s"]', new: '[8, "n, \\"1\\"", "s"]' },
      { key: null, old: '[8, "n, \\"1\\"", "s"]', new: null },
    ]);
    const [seven, eight] = [7, 8].map((id) => `{"id": ${id}, "name": "n, \\"1\\"", "status": "s"}`);
    expect(await bench.take()).toMatchObject([
      { key: '7', old: null, new: seven, capture: null }, { key: '8', old: seven, new: eight, capture: null }, { key: '8', old: eight, new: null, capture: null },
    ]);
  });

  it('is read whole by the relay, what it takes and what it reads ahead', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }}"'));
    await bench.client.query(`insert into things values (1, 's', 'a'), (2, 's', 'b')`);
    const outbox = await Outbox.open(bench.client);
    const [first] = await outbox.take(1);
    const [second] = await outbox.peek(1);
    expect([first, second]).toMatchObject([{ key: '1', new: '{"id": 1, "name": "a"}' }, { key: '2', new: '{"id": 2, "name": "b"}' }]);
  });

  it('is an object with its key where something was amiss', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }}"'));
    await bench.client.query(`alter table things drop column name; insert into things values (7)`);
    expect(await lying()).toEqual([{ key: '7', old: null, new: '{"id": 7}' }]);
    expect(await bench.take()).toMatchObject([{ key: '7', new: '{"id": 7}', capture: expect.stringMatching(/^drift: /) }]);
  });

  it('is read as it is where an older version’s trigger put it there', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }}"'));
    await bench.client.query(`insert into belfry.changes (rule, operation, key, new) values (1, 'insert', '7', '{"id": 7, "name": "n"}')`);
    expect(await bench.take()).toMatchObject([{ key: '7', new: '{"id": 7, "name": "n"}', capture: null }]);
  });

  it('says why where its version of the rule can not read it', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }}"'));
    await bench.client.query(`insert into belfry.changes (rule, operation, new) values (1, 'insert', '[7, "n", 1]')`);
    expect(await bench.take()).toMatchObject([{ capture: 'found 3 captured values, expected 2, as the rule has columns' }]);
  });

  it('is read by its own version when it was parked unread and is sent again', async () => {
    bench = await Workbench.open(THINGS);
    await bench.apply(rule('title: "{{ row.name }}"'));
    await bench.client.query(`insert into things values (7, 'the status', 'the name')`);
    // As it is parked while the version's row is missing, as from a backup.
    await bench.client.query(`
      with taken as (delete from belfry.changes returning *)
      insert into belfry.failed_changes (id, rule, operation, new, transaction, captured_at, db_role, application, reason)
      select id, rule, operation, new, transaction, captured_at, db_role, application, 'rule 1 is not in belfry.rules' from taken`);
    await bench.apply(rule('title: "{{ row.status }}"'));
    await retryParked(bench.client, {});
    expect(await bench.take()).toMatchObject([{ rule: 1, key: '7', new: '{"id": 7, "name": "the name"}', capture: null }]);
  });
});
