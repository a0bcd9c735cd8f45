import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { BusinessAndServer } from '../support/business-and-server.js';
import { Reader } from '../support/reader.js';
import type { ServerProcess } from '../support/server.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: thing.made
    table: public.things
    on: insert
    audience: [role:ops]
    title: "Thing {{ row.id }}"
    escalate: { after: 1h, to: [role:lead] }
`;
/** More than are settled in one transaction. */
const THINGS = 1_500;

let both: BusinessAndServer;
let business: pg.Client;
let server: ServerProcess;
beforeAll(async () => {
  both = await BusinessAndServer.start(RULES);
  ({ business, server } = both);
});
afterAll(() => both.close());

const count = (sql: string): Promise<number> => both.count(sql);

it('each is escalated once, though the server was killed before they were due and again in the middle', async () => {
  await business.query('insert into things select from generate_series(1, $1)', [THINGS]);
  await until('all ring', async () => (await count('select count(*) from belfry.notifications')) === THINGS);
  await server.kill('SIGKILL');
  await business.query(`update belfry.notifications set escalate_at = now() - interval '1 s'`);
  await server.restart();
  await until('it is at it', async () => (await count('select count(*) from belfry.notifications where escalate_at is null')) > 0);
  await server.kill('SIGKILL');
  const [told, waiting] = [await count('select count(*) from belfry.notifications where escalated_at is not null'), await count('select count(*) from belfry.changes')];
  // Each is in one place: to be found due, on its way to the relay, or told.
  expect(told + waiting + (await count('select count(*) from belfry.notifications where escalate_at is not null'))).toBe(THINGS);
  await server.restart();
  const lead = await Reader.open(server.url, { token: await tokenFor('lee', ['lead']) });
  await until('all are escalated', async () => (await count('select count(*) from belfry.notifications where escalated_at is not null')) === THINGS);
  expect(await count('select count(*) from belfry.journal')).toBe(2 * THINGS);
  expect(await count('select count(*) from belfry.failed_changes')).toBe(0);
  await until('the lead counts them', () => (lead.dataOf('counts').at(-1) as { unread?: object } | undefined)?.unread !== undefined);
  lead.close();
});
