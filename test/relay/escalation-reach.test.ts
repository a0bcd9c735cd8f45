import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { Poller } from '../support/poll.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: job.failed
    table: public.jobs
    on: insert
    bulk: { over: 3, title: "{{ count }} jobs failed" }
    audience: [role:ops]
    title: "{{ row.name }}"
    escalate: { after: 1h, to: [role:lead] }
`;

interface Item {
  title: string;
  escalatedAt: string | null;
}
interface Counts {
  unread: { count: number };
}

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({
    rules: RULES,
    prepare: async (client) => {
      await client.query('create table public.jobs (id bigserial primary key, name text)');
    },
  });
});
afterAll(() => app.close());

/** What is stored of that title has waited long enough. */
const escalate = async (title: string): Promise<void> => {
  await until(`${title} is due`, async () => (await app.business.query('update belfry.notifications set escalate_at = now() where title = $1', [title])).rowCount === 1);
};
const mute = (user: string, ...mutedTopics: string[]): Promise<unknown> => app.call(user, ['lead'], 'PUT', '/preferences', { mutedTopics });
const unread = async (user: string): Promise<{ titles: string[]; count: number }> => {
  const { body } = await app.call(user, ['lead'], 'GET', '/notifications?status=unread');
  const { body: counts } = await app.call(user, ['lead'], 'GET', '/notifications/counts');
  return { titles: (body as { data: Item[] }).data.map(({ title }) => title), count: (counts as Counts).unread.count };
};

describe('an escalation', () => {
  it('of many changes at once is one, and a poll that is held brings it', async () => {
    const lee = new Poller(app.url, 'lee', ['lead']);
    await lee.ask();
    const held = lee.ask({ wait: 55 });
    await app.business.query(`insert into jobs (name) select 'nightly' from generate_series(1, 5)`);
    await escalate('5 jobs failed');
    const { frames } = await held;
    expect(frames.flatMap(({ event, data }) => (event === 'notifications' ? data : []))).toMatchObject([{ title: '5 jobs failed', occurrences: 5, escalatedAt: expect.any(String) }]);
    // With it, or where SQL had to count and it would have waited for that, with the next.
    const told = frames.find(({ event }) => event === 'counts') ?? (await lee.ask({ wait: 0 })).frames.find(({ event }) => event === 'ready');
    expect(told?.data).toMatchObject({ unread: { count: 1 } });
    expect((await app.business.query(`select from belfry.journal where notification = (select id from belfry.notifications)`)).rowCount).toBe(2);
  });

  it('does not reach who has muted its topic, until they hear it again', async () => {
    await mute('lee', 'job.failed');
    const [lee, mia] = [await app.read('lee', ['lead']), await app.read('mia', ['lead'])];
    await Promise.all([lee.frame('ready'), mia.frame('ready')]);
    await app.business.query(`insert into jobs (name) values ('backup')`);
    await escalate('backup');
    await until('mia is told', () => mia.notifications.some(({ title }) => title === 'backup'));
    await app.business.query(`select belfry.publish('note', array['role:lead'], 'later')`);
    await until('lee is told of what comes after it', () => lee.notifications.length > 0);
    expect(lee.notifications.map(({ title }) => title)).toEqual(['later']);
    expect(await unread('lee')).toEqual({ titles: ['later'], count: 1 });
    const all = ['later', 'backup', '5 jobs failed'];
    expect(await unread('mia')).toEqual({ titles: all, count: 3 });
    await mute('mia', 'job.failed');
    await mia.frame('counts', (counts: Counts) => counts.unread.count === 1);
    await mute('lee');
    await lee.frame('counts', (counts: Counts) => counts.unread.count === 3);
    expect(await unread('lee')).toEqual({ titles: all, count: 3 });
    lee.close();
    mia.close();
  });
});
