import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestApp } from '../support/app.js';
import { Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

const RULES = `
rules:
  - topic: odd.row
    table: public.odd
    on: insert
    audience: [role:staff]
    title: "{{ row.title }}"
    body: "{{ row.amount }} / {{ row.big }} / {{ row.text | truncate: 20 }}"
    link: "{{ row.link }}"
  - topic: odd.changed
    table: public.odd
    on: update
    columns: [big]
    audience: ["user:{{ row.owner }}"]
    title: "{{ old.big }} → {{ row.big }}"
  - topic: odd.halved
    table: public.halved
    on: insert
    when: "100 / new.amount > 0"
    audience: [role:staff]
    title: "halved {{ row.id }}"
`;

interface Row {
  title?: string | null;
  text?: string;
  amount?: string;
  big?: string;
  link?: string;
  owner?: string;
}

let app: TestApp;
let reader: Reader;
beforeAll(async () => {
  app = await TestApp.start({
    rules: RULES,
    prepare: async (client) => {
      await client.query(`
        create table public.odd (id bigint primary key, title text, text text, amount numeric, big bigint, link text, owner text);
        create table public.halved (id int primary key, amount int)`);
    },
  });
  reader = await app.read('ann', ['staff']);
  await reader.frame('ready');
});
afterAll(async () => {
  reader.close();
  await app.close();
});

let lastId = 9_007_199_254_740_993n;
async function insert({ title = 'a title', text = '', amount = '1', big = '1', link = '/x', owner = 'ann' }: Row): Promise<string> {
  const id = String((lastId += 2n));
  await app.business.query('insert into public.odd values ($1, $2, $3, $4, $5, $6, $7)', [id, title, text, amount, big, link, owner]);
  return id;
}

interface Given {
  id: string;
  title: string;
  body: string;
  link: string | null;
}

/** What the stream gives for a row, which REST must give too. */
async function given(key: string): Promise<Given> {
  const found = await until(`row ${key} arrives`, () => reader.notifications.find(({ source }) => source?.key === key));
  const listed = await app.call('ann', ['staff'], 'GET', `/notifications/${found.id}`);
  const { id, title, body, link } = listed.body as Given;
  expect({ id, title, body, link }).toEqual({ id: found.id, title: found.title, body: (found as unknown as Given).body, link: (found as unknown as Given).link });
  return { id, title, body, link };
}

describe('text of a row', () => {
  it.each([
    ['quotes', `O'Reilly said "no" and \\"maybe\\"`],
    ['HTML', '<img src=x onerror="alert(1)"><script>alert(2)</script> &amp; &lt;'],
    ['emoji', '👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 𝒳'],
    ['what looks like an escape', '\\u0000 \\x00 \\ud800 %00 &#0;'],
    ['what looks like a template', '{{ row.id }} {% raw %} }}'],
    ['what looks like a frame', 'data: x id: 7 event: reset : comment'],
    ['separators of JavaScript', 'a\u2028b\u2029c'.replace(/[\u2028\u2029]/g, ' ')],
  ])('arrives as it was written: %s', async (_, title) => {
    expect((await given(await insert({ title }))).title).toBe(title);
  });

  it('stays in one frame though it has line ends of every kind', async () => {
    const before = reader.frames.length;
    const { title } = await given(await insert({ title: 'one\ntwo\r\nthree\nid: 1\n\nevent: reset\ndata: {}\n\n' }));
    expect(title).toMatch(/^one two three id: 1 event: reset data: \{\}\s*$/);
    expect(reader.frames.slice(before).map(({ event }) => event)).not.toContain('reset');
  });

  it('can not turn the text around it the other way', async () => {
    const { title } = await given(await insert({ title: 'invoice \u202Efdp.exe' }));
    expect(title).not.toMatch(/[\u202A-\u202E\u2066-\u2069](?![\s\S]*[\u202C\u2069])/);
  });

  it('may be a megabyte long, in a title and beside it', async () => {
    const long = 'lang 🔔 '.repeat(150_000);
    const { title, body } = await given(await insert({ title: long, text: long }));
    expect(Array.from(title).length).toBeLessThanOrEqual(200);
    expect(title).toMatch(/^lang 🔔 .*…$/u);
    expect(body).toMatch(/^1 \/ 1 \/ lang 🔔/u);
    // No half of a character at the cut.
    expect(title).not.toMatch(/\p{Surrogate}/u);
  });

  it('may be missing or empty: there is a title all the same', async () => {
    for (const title of ['', ' \t\n ', null]) expect((await given(await insert({ title }))).title).not.toBe('');
  });
});

describe('numbers of a row', () => {
  const NUMERIC = '1234567890123456789012345678901234.567890';
  const BIG = '9223372036854775807';

  it('arrive digit for digit in the stream and over REST', async () => {
    const { body } = await given(await insert({ amount: NUMERIC, big: BIG }));
    expect(body).toContain(`${NUMERIC} / ${BIG}`);
  });

  it('arrive digit for digit in what explains a notification', async () => {
    const key = await insert({ amount: NUMERIC, big: '-9223372036854775808' });
    const { id } = await given(key);
    const response = await fetch(`${app.url}/v1/notifications/${id}`, {
      headers: { authorization: `Bearer ${await tokenFor('ann', ['staff'])}` },
    });
    const text = await response.text();
    expect(text).toContain(NUMERIC);
    expect(text).toContain('-9223372036854775808');
    expect(text).toContain(key);
  });

  it('keep their digits from old to new', async () => {
    const key = await insert({ big: '9007199254740993' });
    await app.business.query('update public.odd set big = 9007199254740995 where id = $1', [key]);
    await until('the change arrives', () => reader.notifications.some(({ title }) => title === '9007199254740993 → 9007199254740995'));
  });

  it('that are none (NaN, Infinity) lose no row', async () => {
    for (const amount of ['NaN', 'Infinity', '-Infinity']) {
      expect((await given(await insert({ amount }))).body).toContain(amount);
    }
  });
});

describe('links of a row', () => {
  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' \tjavascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', '//evil.example/x', '\\\\evil.example'])(
    'are left out when they are not safe to follow: %j',
    async (link) => {
      const found = await given(await insert({ link }));
      expect(found.link === null || /^https?:|^\/(?![/\\])/.test(found.link)).toBe(true);
      if (/script|data:/i.test(link)) expect(found.link).toBeNull();
    },
  );
});

describe('a `when` that divides by zero', () => {
  it('fails no write, and parks the change with the reason', async () => {
    await app.business.query('insert into public.halved values (1, 0), (2, 5)');
    await until('the good row arrives', () => reader.notifications.some(({ title }) => title === 'halved 2'));
    const parked = await until('the bad row is parked', async () => {
      const { rows } = await app.business.query<{ reason: string }>('select reason from belfry.failed_changes');
      return rows[0];
    });
    expect(parked.reason).toMatch(/division by zero/);
  });
});

describe('a column that goes while writers write', () => {
  it('fails no write and loses no row', async () => {
    const keys: string[] = [];
    const stop = new AbortController();
    const writing = (async () => {
      while (!stop.signal.aborted) {
        const id = String((lastId += 2n));
        await app.business.query('insert into public.odd (id, title) values ($1, $2)', [id, `writing ${id}`]);
        keys.push(id);
      }
    })();
    await until('some were written', () => keys.length > 20);
    const migration = new pg.Client({ connectionString: app.database.url });
    await migration.connect();
    await migration.query('alter table public.odd drop column amount');
    await migration.query('alter table public.odd alter column big type text');
    await migration.query('alter table public.odd rename column link to target');
    await migration.end();
    const { length } = keys;
    await until('more were written', () => keys.length > length + 20);
    stop.abort();
    await writing;
    await until('all arrive', () => keys.every((key) => reader.notifications.some(({ source }) => source?.key === key)));
  });
});
