import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { TestApp, THINGS } from '../support/app.js';
import { until } from '../support/until.js';
import { Belfry } from './belfry.js';

describe('belfry beside a server that runs', () => {
  let app: TestApp;
  let belfry: Belfry;
  beforeAll(async () => {
    app = await TestApp.start();
    belfry = await Belfry.in(app.database.url, THINGS);
  });
  afterAll(async () => {
    await belfry.remove();
    await app.close();
  });

  const findings = async (code: number): Promise<Record<string, string>> => {
    const { findings: found } = await belfry.json<{ findings: Finding[] }>(['doctor'], code);
    return Object.fromEntries(found.map(({ check, state, found: what }) => [check, `${state}: ${what}`]));
  };

  it('sends a test that reaches the stream, marked, and shows no row of the table', async () => {
    await app.business.query(`insert into things (name) values ('a secret')`);
    const reader = await app.read('ann', []);
    const sent = await belfry.json<{ id: string; ms: number }>(['test', '--topic', 'thing.given', '--to', 'user:ann']);
    expect(sent).toMatchObject({ title: '[Test] name is yours', severity: 'warning', channels: ['user:ann'] });
    const got = await until('the test is on the stream', () => reader.notifications.find(({ id }) => id === sent.id));
    expect(got).toMatchObject({ topic: 'thing.given', title: '[Test] name is yours', body: 'owner → owner', source: { table: 'public.things', key: null } });
    const { body } = await app.call('ann', [], 'GET', `/notifications/${sent.id}`);
    expect((body as { why: { operation: string } }).why.operation).toBe('test');
    const { body: rules } = await app.call('ann', [], 'GET', '/rules');
    expect((rules as { data: { topic: string; fired: number }[] }).data.find(({ topic }) => topic === 'thing.given')?.fired).toBe(0);
    reader.close();
  });

  it('lets an admin send one to themselves, by REST', async () => {
    const reader = await app.read('bob', ['staff']);
    const other = await app.read('cid', ['staff']);
    expect(await app.call('bob', ['staff'], 'POST', '/rules/thing.created/test')).toEqual({ status: 202, body: { topic: 'thing.created', channel: 'user:bob' } });
    await until('the test arrives', () => reader.notifications.find(({ title }) => title === '[Test] name'));
    await app.business.query(`insert into things (name) values ('after it')`);
    await until('a row arrives', () => other.notifications.find(({ title }) => title === 'after it'));
    expect(other.notifications.filter(({ title }) => title.startsWith('[Test]'))).toEqual([]);
    expect((await app.call('bob', [], 'POST', '/rules/thing.createt/test')).status).toBe(404);
    expect((await app.call('bob', [], 'POST', '/rules/%00/test')).status).toBe(400);
    reader.close();
    other.close();
  });

  it('refuses to test what is not in force, and to be removed meanwhile', async () => {
    const unknown = await belfry.run(['test', '--topic', 'thing.gven', '--to', 'user:ann']);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('(did you mean "thing.given"?); in force are thing.created, thing.given') });
    expect(await belfry.run(['test', '--topic', 'thing.given', '--to', 'ann'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--to: found ann') });
    expect(await belfry.run(['remove', '--yes'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/a server works on .*: stop it first/) });
  });

  it('finds nothing wrong, then a disabled trigger and a renamed column, with what to do', async () => {
    const well = await findings(0);
    expect(well).toMatchObject({
      schema: 'ok: up to date', rules: 'ok: the 2 of the file are in force', drift: 'ok: every trigger is in place (2)',
      session: expect.stringMatching(/^ok/), relay: expect.stringMatching(/^ok: by pid/), backlog: expect.stringMatching(/^ok/), clock: expect.stringMatching(/^ok/),
    });
    await app.business.query('alter table things disable trigger "belfry:thing.created"; alter table things rename owner to keeper');
    const ill = await belfry.run(['doctor']);
    expect(ill.code).toBe(2);
    expect(ill.stdout).toMatch(/error +drift +thing.created: trigger "belfry:thing.created" is disabled/);
    expect(ill.stdout).toMatch(/error +drift +thing.given: column owner is gone or renamed\n +→ Mend the table or the file/);
    expect(ill.stdout).toMatch(/error +rules +belfry.yaml:\d+:15 rule "thing.given": columns: found owner, expected a column of public.things/);
    await app.business.query('alter table things rename keeper to owner');
    await belfry.json(['apply']);
    expect(await findings(0)).toMatchObject({ drift: 'ok: every trigger is in place (2)' });
  });

  it('shows counts, and sends parked changes again in their order once the rule is mended', async () => {
    const when = (text: string): string => THINGS.replace('    on: insert', `    on: insert\n    when: "${text}"`);
    await belfry.write(when('1 / length(new.name) > 0'));
    await belfry.json(['apply']);
    await app.business.query(`insert into things (name, state) values ('', 'one'), ('', 'two'), ('', 'three')`);
    const status = await until('three are parked', async () => {
      const found = await belfry.json<{ parked: number; rules: { topic: string; failed: number; lastError: string }[] }>(['status']);
      return found.parked === 3 && found;
    });
    expect(status.rules).toContainEqual(expect.objectContaining({ topic: 'thing.created', failed: 3, lastError: 'when: division by zero' }));
    const shown = await belfry.run(['status']);
    expect(shown.stdout).toMatch(/thing\.created +public\.things +insert +\d+ +3 .*\n +last error: when: division by zero/);
    expect((await belfry.run(['doctor'])).stdout).toMatch(/warn +parked +3 changes could not become a notification/);

    await belfry.write(when('length(new.name) >= 0').replace('"{{ row.name }}"', '"{{ row.id }}"'));
    await belfry.json(['apply']);
    const reader = await app.read('ann', ['staff']);
    await reader.frame('ready');
    const { rows } = await app.business.query<{ id: string }>('select id::text from belfry.failed_changes order by id');
    expect(await belfry.json(['retry', rows[1]?.id ?? ''])).toEqual({ retried: 1, topics: { 'thing.created': 1 } });
    await until('the second is there', () => reader.notifications.length >= 1);
    expect(await belfry.json(['retry', '--topic', 'thing.created'])).toEqual({ retried: 2, topics: { 'thing.created': 2 } });
    await until('all are there', () => reader.notifications.length >= 3);
    const { rows: things } = await app.business.query<{ id: string }>(`select id::text from things where name = '' order by id`);
    const [one, two, three] = things.map(({ id }) => id);
    // Rendered by the mended rule, which speaks of the id; the parked changes have what the one before it captured.
    expect(reader.notifications.map(({ source }) => source?.key)).toEqual([two, one, three]);
    expect(await belfry.json(['retry', '--all'])).toEqual({ retried: 0, topics: {} });
    reader.close();
  });
});

describe('belfry test without a server', () => {
  it('withdraws what no relay takes', async () => {
    const app = await TestApp.start();
    const belfry = await Belfry.in(app.database.url, THINGS);
    await app.running.close();
    const { code, stderr } = await belfry.run(['test', '--topic', 'thing.created', '--to', 'everyone', '--timeout', '200ms']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no relay took the test in time, and it was withdrawn') });
    expect((await app.business.query('select from belfry.changes')).rowCount).toBe(0);
    expect(await belfry.json<{ findings: Finding[] }>(['doctor'])).toMatchObject({ findings: expect.arrayContaining([expect.objectContaining({ check: 'relay', state: 'warn' })]) });
    await belfry.remove();
    await app.close();
  });
});
