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
`;

let both: BusinessAndServer;
let business: pg.Client;
let server: ServerProcess;
let token: string;
beforeAll(async () => {
  both = await BusinessAndServer.start(RULES);
  ({ business, server } = both);
  token = await tokenFor('ann', ['ops']);
});
afterAll(() => both.close());

it('what was snoozed comes back though the server was killed before it was due', async () => {
  const first = await Reader.open(server.url, { token });
  await first.frame('ready');
  await business.query('insert into things default values');
  await until('it is told', () => first.notifications.length === 1);
  const id = first.notifications[0]?.id ?? '';
  const call = async (method: string, path: string, body?: object): Promise<{ data: { id: string; readAt: string | null }[] }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/v1/notifications${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    expect(answer.status).toBe(200);
    return (await answer.json()) as never;
  };
  await call('PATCH', `/${id}/read`);
  await call('PATCH', `/${id}/snooze`, { until: new Date(Date.now() + 600_000).toISOString() });
  await until('that is told', () => JSON.stringify(first.dataOf('receipts')).includes('snoozedUntil'));
  const cursor = first.frames.at(-1)?.id;
  await server.kill('SIGKILL');
  first.close();
  await business.query(`update belfry.receipts set snoozed_until = now() - interval '1 s'`);
  await server.restart();
  const second = await Reader.open(server.url, { token, ...(cursor !== undefined && { lastEventId: cursor }) });
  await until('it is back', () => second.notifications.some((item) => item.id === id));
  expect((await call('GET', '?status=unread')).data).toMatchObject([{ id, readAt: null }]);
  second.close();
});
