import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Purge } from '../../src/retention/purge.service.js';
import { retryParked } from '../../src/rules/parked.js';
import { TestApp } from '../support/app.js';
import type { Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

interface Answer {
  status: number;
  location: string | null;
  body: { publication: string; state: string; notification: string | null; detail?: string };
}

const CONTENT = { topic: 'deploy.failed', audience: ['role:staff'], title: 'The deploy failed', severity: 'critical', link: '/deploys/9' };

let app: TestApp;
/** Another process on the same database. */
let other: TestApp;
let reader: Reader;

async function post(content: unknown, { key, user = 'ci', claims = { scope: 'openid publish' }, at = app }: { key?: string; user?: string; claims?: object; at?: TestApp } = {}): Promise<Answer> {
  const response = await fetch(`${at.url}/v1/notifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenFor(user, [], '1h', claims)}`,
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: JSON.stringify(content),
  });
  return { status: response.status, location: response.headers.get('location'), body: (await response.json()) as Answer['body'] };
}
async function outcome(location: string | null, user = 'ci', claims: object = { scope: 'publish' }): Promise<{ status: number; body: Answer['body'] }> {
  const response = await fetch(`${app.url}${location ?? ''}`, { headers: { authorization: `Bearer ${await tokenFor(user, [], '1h', claims)}` } });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
const count = async (title: string): Promise<number> =>
  (await app.business.query<{ n: number }>('select coalesce(sum(occurrences), 0)::int as n from belfry.notifications where title = $1', [title])).rows[0]?.n ?? NaN;

beforeAll(async () => {
  app = await TestApp.start();
  other = await TestApp.start({ database: app.database });
  reader = await app.read('ann', ['staff']);
  await reader.frame('ready');
});
afterAll(async () => {
  reader.close();
  await other.close();
  await app.close();
});

describe('POST /v1/notifications', () => {
  it('rings, and says where the notification is once it is there', async () => {
    const { status, location, body } = await post(CONTENT);
    expect({ status, body }).toMatchObject({ status: 201, body: { state: 'sent', reason: null } });
    expect(location).toBe(`/v1/notifications/${body.notification}`);
    const told = await until('it is told', () => reader.notifications.find(({ id }) => id === body.notification));
    expect(told).toMatchObject({ topic: CONTENT.topic, title: CONTENT.title, severity: 'critical', link: CONTENT.link, actor: 'ci', source: null });
    expect((await app.call('ann', ['staff'], 'GET', `/notifications/${body.notification}`)).body).toMatchObject({
      why: { rule: null, operation: 'publish', application: 'belfry request', new: null },
    });
  });

  it.each([[{}], [{ scope: 'read publisher' }], [{ scp: ['read'] }]])('is refused without the scope: %j', async (claims) => {
    const { status, body } = await post({ ...CONTENT, title: 'not allowed' }, { claims });
    expect({ status, body }).toMatchObject({ status: 403, body: { type: 'urn:belfry:problem:scope', detail: expect.stringContaining('expected the scope publish') } });
    expect(await count('not allowed')).toBe(0);
  });

  it('takes the scope from scp too', async () => {
    expect((await post(CONTENT, { claims: { scp: ['read', 'publish'] } })).status).toBe(201);
  });

  it.each([
    [{ ...CONTENT, topic: 'Deploy' }, 'topic'], [{ ...CONTENT, audience: [] }, 'audience'], [{ ...CONTENT, audience: ['all'] }, 'audience'],
    [{ ...CONTENT, title: ' ' }, 'title'], [{ ...CONTENT, title: 'a\0b' }, 'NUL'], [{ ...CONTENT, title: undefined }, 'title'],
    [{ ...CONTENT, link: 'javascript:alert(1)' }, 'link'], [{ ...CONTENT, severity: 'loud' }, 'severity'], [{ ...CONTENT, key: '' }, 'key'],
    [{ ...CONTENT, expiresIn: '400d' }, 'expiresIn'], [{ ...CONTENT, expiresIn: 'soon' }, 'expiresIn'], [{ ...CONTENT, more: 1 }, 'more'], [[], 'body'],
  ])('refuses what is not as it has to be: %j', async (content, named) => {
    const { status, body } = await post(content, { key: randomUUID() });
    expect({ status, body }).toMatchObject({ status: 400, body: { type: 'urn:belfry:problem:invalid-input', detail: expect.stringContaining(named) } });
  });

  it.each(['a key with spaces', 'x'.repeat(201)])('refuses the Idempotency-Key %s', async (key) => {
    expect((await post(CONTENT, { key })).status).toBe(400);
  });
});

describe('a request that is sent again', () => {
  it('has the same answer and rings once, at whichever process and however many at a time', async () => {
    const key = randomUUID();
    const content = { ...CONTENT, title: `once ${key}` };
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => post(content, { key, at: n % 2 ? app : other })));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.publication} ${body.notification ?? ''}`)).size).toBe(1);
    expect(await post({ ...content, body: null }, { key })).toEqual(answers[0]);
    expect(await count(content.title)).toBe(1);
  });

  it('is another one with another key, without one, and from another user', async () => {
    const key = randomUUID();
    const content = { ...CONTENT, title: `each ${key}` };
    for (const more of [{ key }, { key: `${key}2` }, {}, {}, { key, user: 'cron' }]) expect((await post(content, more)).status).toBe(201);
    expect(await count(content.title)).toBe(5);
  });

  it('is refused with another body', async () => {
    const key = randomUUID();
    await post(CONTENT, { key });
    const { status, body } = await post({ ...CONTENT, title: 'another' }, { key });
    expect({ status, body }).toMatchObject({ status: 422, body: { type: 'urn:belfry:problem:idempotency-key-reused' } });
    expect(await count('another')).toBe(0);
  });

  it('is known although the first answer was lost, and says honestly that the relay has not been there', async () => {
    const key = randomUUID();
    const content = { ...CONTENT, title: `late ${key}` };
    const holder = app.business;
    await holder.query('begin; select from belfry.relay_state for update');
    const first = await post(content, { key });
    expect(first).toMatchObject({ status: 202, location: `/v1/publications/${first.body.publication}`, body: { state: 'waiting', notification: null } });
    expect(await outcome(first.location)).toMatchObject({ status: 200, body: { state: 'waiting' } });
    expect((await post(content, { key, at: other })).body).toEqual(first.body);
    await holder.query('rollback');
    const sent = await until('it is sent', async () => {
      const { body } = await outcome(first.location);
      return body.state === 'sent' && body;
    });
    const again = await post(content, { key });
    expect(again).toMatchObject({ status: 201, location: `/v1/notifications/${sent.notification}`, body: sent });
    expect(await count(content.title)).toBe(1);
  });

  it('is forgotten after a day, not before', async () => {
    const key = randomUUID();
    const content = { ...CONTENT, title: `daily ${key}` };
    const { body } = await post(content, { key });
    const age = (by: string): Promise<unknown> => app.business.query('update belfry.publications set created_at = now() - $2::interval where id = $1', [body.publication, by]);
    const purge = (): Promise<unknown> => until('it is our turn', () => app.running.app.get(Purge).purge());
    await age('23 hours 59 minutes');
    await purge();
    expect((await outcome(`/v1/publications/${body.publication}`)).status).toBe(200);
    await age('24 hours 1 minute');
    await purge();
    expect((await outcome(`/v1/publications/${body.publication}`)).status).toBe(404);
    expect((await post(content, { key })).body.notification).not.toBe(body.notification);
  });
});

describe('GET /v1/publications/:id', () => {
  it('is for who has published, with the scope', async () => {
    const { body } = await post(CONTENT);
    const location = `/v1/publications/${body.publication}`;
    expect(await outcome(location)).toMatchObject({ status: 200, body });
    expect((await outcome(location, 'mallory')).status).toBe(404);
    expect((await outcome(location, 'ci', {})).status).toBe(403);
    expect((await outcome('/v1/publications/9223372036854775808')).status).toBe(400);
  });

  it('says why it failed, and that it is sent once it was tried again', async () => {
    await app.business.query(`
      create function public.refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = '22000', message = 'no ghosts'; end $$;
      create trigger refuse before insert on belfry.audience for each row when (new.channel = 'user:ghost') execute function public.refuse()`);
    const { status, location, body } = await post({ ...CONTENT, audience: ['user:ghost'] });
    expect({ status, body }).toMatchObject({ status: 202, body: { state: 'failed', notification: null, reason: expect.stringContaining('no ghosts') } });
    await app.business.query('drop trigger refuse on belfry.audience; drop function public.refuse()');
    expect(await retryParked(app.business, {})).toHaveLength(1);
    await until('it is sent', async () => (await outcome(location)).body.state === 'sent');
  });
});
