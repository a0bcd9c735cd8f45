import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from '../../src/inbox/inbox.controller.js';
import { SEVERITIES } from '../../src/journal/notification.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: thing.made
    table: public.things
    on: insert
    audience: ["role:{{ row.team }}"]
    severity: "{{ row.severity }}"
    title: "{{ row.name }}"
    body: "{{ row.note }}"
  - topic: thing.given
    table: public.things
    on: update
    columns: [owner]
    audience: ["user:{{ row.owner }}", "role:{{ row.team }}"]
    severity: "{{ row.severity }}"
    title: "{{ row.name }} is given"
  - topic: thing.level
    table: public.things
    on: update
    columns: [severity]
    key: "{{ row.id }}"
    audience: ["role:{{ row.team }}"]
    severity: "{{ row.severity }}"
    title: "{{ row.name }} is {{ row.severity }}"
`;
const TABLE = `create table things (id bigint generated always as identity primary key, name text not null, note text, team text not null,
  severity text not null, owner text)`;
/** More than one search looks through. */
const MANY = 9_000;

describe('lists', () => {
  let app: TestApp;
  const list = async (query: string, roles = ['red', 'blue']): Promise<Page> => {
    const { status, body } = await app.call('ann', roles, 'GET', `/notifications?limit=100&${query}`);
    expect(status).toBe(200);
    return body;
  };
  const titles = async (query: string, roles?: string[]): Promise<string[]> => (await list(query, roles)).data.map(({ title }) => title);

  beforeAll(async () => {
    app = await TestApp.start({ rules: RULES, prepare: async (business) => {
        await business.query(TABLE);
      },
    });
    await app.business.query(
      `insert into things (name, note, team, severity)
       select 'thing ' || n, 'note ' || n, (array['red', 'blue', 'green'])[1 + n % 3], ($1::text[])[1 + n % 4] from generate_series(1, 48) n`,
      [SEVERITIES],
    );
    await app.business.query(`update things set owner = case when id % 2 = 0 then 'ann' else 'bob' end where id <= 24`);
    await app.business.query(`insert into things (name, note, team, severity) values ('50% off_for ÄRGER', '订单 已取消', 'red', 'info'), ('plain', 'Over two
lines', 'blue', 'critical')`);
    await until('all is written', async () => (await app.business.query<{ n: string }>('select count(*) as n from belfry.notifications')).rows[0]?.n === '74');
  });
  afterAll(() => app.close());

  it('are filtered by any topics and severities as one would by hand', async () => {
    const { data: all } = await list('');
    expect(all.length).toBeGreaterThan(40);
    for (const topics of [[], ['thing.made'], ['thing.given'], ['thing.made', 'thing.given'], ['no.such']]) {
      for (const severities of [[], ['critical'], ['info', 'warning'], [...SEVERITIES]]) {
        const wanted = all.filter(({ topic, severity }) => (topics.length === 0 || topics.includes(topic)) && (severities.length === 0 || severities.includes(severity)));
        const query = [...topics.map((topic) => `topic=${topic}`), ...(severities.length > 0 ? [`severity=${severities.join(',')}`] : [])].join('&');
        expect((await list(query)).data).toEqual(wanted);
        expect((await list(`status=unread&${query}`)).data).toEqual(wanted);
      }
    }
  });

  it('say whom each is addressed to by name, as the stream does', async () => {
    const reader = await app.read('ann', ['red']);
    await reader.frame('ready');
    const many = Array.from({ length: 25 }, (_, nth) => `u${String(25 - nth).padStart(2, '0')}`);
    await app.business.query(`insert into things (name, note, team, severity, owner) values ('named', '', 'red', 'info', '')`);
    await app.business.query(`update things set owner = 'bob' where name = 'named'`);
    await app.business.query(`select belfry.publish('to.many', $1, 'to many')`, [['role:red', ...many.map((user) => `user:${user}`)]]);
    await until('all three are told', () => reader.notifications.length >= 3);
    const listed = (await list('', ['red'])).data;
    const told = reader.notifications as unknown as typeof listed;
    expect(told.slice(0, 3).map(({ mentions }) => mentions)).toEqual([[], ['bob'], [...many].sort().slice(0, 20)]);
    for (const { id, mentions } of told) expect(listed.find((item) => item.id === id)?.mentions).toEqual(mentions);
    reader.close();
  });

  it('go on from page to page, filtered too', async () => {
    const whole = await titles('severity=critical,info&topic=thing.made');
    const found: string[] = [];
    for (let before = ''; ; ) {
      const { body } = await app.call('ann', ['red', 'blue'], 'GET', `/notifications?limit=3&severity=critical,info&topic=thing.made${before}`);
      const page = body as Page;
      found.push(...page.data.map(({ title }) => title));
      if (!page.pageInfo.hasMore) break;
      before = `&before=${page.pageInfo.before}`;
    }
    expect(found).toEqual(whole);
  });

  it('follow a notification whose severity changes as it is raised again', async () => {
    const set = (severity: string): Promise<unknown> => app.business.query('update things set severity = $1 where name = $2', [severity, 'plain']);
    await set('info');
    await until('it is told', async () => (await titles('topic=thing.level&severity=info')).length === 1);
    await set('warning');
    await until('it is raised', async () => (await titles('topic=thing.level&severity=warning')).length === 1);
    expect(await titles('topic=thing.level&severity=info')).toEqual([]);
    expect(await titles('topic=thing.level')).toEqual(['plain is warning']);
    await set('critical');
  });

  it('mine are those that name me', async () => {
    const mine = await titles('mine=true', []);
    expect(mine).toEqual(Array.from({ length: 12 }, (_, n) => `thing ${24 - 2 * n} is given`));
    expect(await titles('mine=true&severity=critical', [])).toEqual(mine.filter((_, n) => (24 - 2 * n) % 4 === 3));
  });

  it.each([
    ['q=off_for', ['50% off_for ÄRGER']],
    ['q=OFF%20ärger', ['50% off_for ÄRGER']],
    ['q=%25', ['50% off_for ÄRGER']],
    ['q=订单', ['50% off_for ÄRGER']],
    ['q=lines%20over', ['plain']],
    ['q=thing%2048%20note', ['thing 48']],
    ['q=o_f', []],
    ['q=nowhere', []],
  ])('are searched by words, whatever they are made of: %s', async (query, wanted) => {
    expect(await titles(query)).toEqual(wanted);
    expect((await list(query)).pageInfo.hasMore).toBe(false);
  });

  it('are searched within what they are filtered by, and by nobody who may not see it', async () => {
    expect(await titles('q=given&severity=critical')).toEqual((await titles('severity=critical&topic=thing.given')));
    expect(await titles('q=plain', ['red'])).toEqual([]);
    expect(await titles('q=given&mine=true', [])).toHaveLength(12);
  });

  it.each([
    ['q=', 'q'], ['q=%20', 'q'], [`q=${'x'.repeat(201)}`, 'q'], ['q=x&after=1', 'q goes on with before'], ['q=a%00b', 'NUL'], ['severity=loud', 'severity'], ['severity=', 'severity'],
    ['topic=A', 'topic'], [`topic=${Array.from({ length: 21 }, (_, n) => `t${n}`).join(',')}`, 'at most 20'], ['mine=yes', 'mine'],
  ])('refuse %s', async (query, named) => {
    const { status, body } = await app.call('ann', [], 'GET', `/notifications?${query}`);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(named);
  });

  it('are searched to their end by going on, however much there is', async () => {
    await app.business.query(`
      insert into belfry.notifications (id, position, topic, severity, title, created_at, updated_at)
      select n, n, 't', 'info', case when n % 4000 = 1 then 'needle ' || n else 'hay' end, now(), now() from generate_series(1001, 1000 + ${MANY}) n;
      insert into belfry.audience (channel, position, topic, severity)
      select case when n % 3 = 0 then 'role:red' else 'role:blue' end, n, 't', 'info' from generate_series(1001, 1000 + ${MANY}) n;
      update belfry.relay_state set position = ${1_000 + MANY}`);
    const found: string[] = [];
    let pages = 0;
    for (let before = ''; ; pages++) {
      const page = await list(`q=needle${before}`);
      found.push(...page.data.map(({ title }) => title));
      if (!page.pageInfo.hasMore) break;
      before = `&before=${page.pageInfo.before}`;
    }
    expect(found).toEqual(['needle 8001', 'needle 4001']);
    expect(pages).toBeGreaterThan(1);
    expect(await titles('q=hay')).toHaveLength(100);
  });
});
