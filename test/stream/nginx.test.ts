import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';
import { Nginx, NGINX } from '../support/nginx.js';
import { Poller } from '../support/poll.js';
import { Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';

if (NGINX === undefined) {
  process.stderr.write('SKIPPED: streams behind nginx, as there is none on this machine (apt-get install nginx, or BELFRY_TEST_NGINX)\n');
}

/** As documented, but for where it listens and what is behind it. */
async function documented(port: number, target: number): Promise<string> {
  const text = await readFile(fileURLToPath(new URL('../../docs/nginx.conf', import.meta.url)), 'utf8');
  return text.replace('listen 80;', `listen 127.0.0.1:${port};`).replace('server 127.0.0.1:3000;', `server 127.0.0.1:${target};`);
}
/** What everybody writes first, in Debian's surroundings: HTTP/1.0 to the server, buffering on. Silence is cut sooner than in 60 s. */
const defaults = (port: number, target: number): string => `
  gzip on; proxy_read_timeout 2s;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${target}; } }`;

(NGINX === undefined ? describe.skip : describe).each(['documented', 'default'])('a stream behind nginx, with its %s settings', (settings) => {
  let app: TestApp;
  let nginx: Nginx;
  let readers: Reader[] = [];
  const read = async (lastEventId?: string): Promise<Reader> => {
    const reader = await Reader.open(nginx.url, { token: await tokenFor('ann', ['staff']), lastEventId, headers: { 'accept-encoding': 'gzip' } });
    readers.push(reader);
    return reader;
  };
  const start = async (): Promise<void> => {
    app = await TestApp.start({ limits: { heartbeatMs: 500 } });
    const target = Number(new URL(app.url).port);
    const text = await documented(0, target);
    nginx = await Nginx.start((port) => (settings === 'documented' ? text.replace('127.0.0.1:0;', `127.0.0.1:${port};`) : defaults(port, target)));
  };
  const insert = (name: string) => app.business.query('insert into things (name) values ($1)', [name]);

  afterEach(async () => {
    for (const reader of readers) reader.close();
    readers = [];
    await nginx.remove();
    await app.close();
  });

  it('brings each frame as it comes, is kept open by signs of life, and resumes when nginx is reloaded or gone for a while', async () => {
    await start();
    const reader = await read();
    await reader.frame('ready');
    expect(reader.statusHeaders['content-encoding']).toBeUndefined();
    await insert('one');
    await until('it comes', () => reader.notifications.length === 1);
    // Longer than nginx waits with the default settings of this test: six signs of life, no other traffic.
    const { length } = reader.comments;
    await until('signs of life come', () => reader.comments.length >= length + 6);
    expect(reader.ended).toBe(false);

    await nginx.reload();
    await insert('two');
    // The old worker serves it on.
    await until('it comes', () => reader.notifications.length === 2);

    await nginx.stop();
    await reader.end();
    await insert('three');
    await nginx.restart();
    const again = await read(reader.lastEventId);
    await again.frame('ready');
    expect(again.notifications.map(({ title }) => title)).toEqual(['three']);
  });

  it('ends with a goodbye that comes through when the server leaves', async () => {
    await start();
    const reader = await read();
    await reader.frame('ready');
    await app.running.close();
    expect(await reader.frame('goodbye')).toMatchObject({ data: { reason: 'drain' } });
    await reader.end();
    expect(reader.endedWhole).toBe(true);
  });

  it('is brought by polls as well: held ones pass, none is kept, and none is answered with another’s', async () => {
    await start();
    const [ann, bob] = [new Poller(nginx.url, 'ann', ['staff']), new Poller(nginx.url, 'bob', ['staff'])];
    await Promise.all([ann.ask(), bob.ask()]);
    const held = Promise.all([ann.ask({ wait: 1 }), bob.ask({ wait: 1 })]);
    await insert('one');
    await held;
    await until('both have it', async () => {
      await Promise.all([ann, bob].map((poller) => poller.ask({ wait: 0 })));
      return [ann, bob].every(({ titles }) => titles.length > 0);
    });
    expect([ann.titles, bob.titles]).toEqual([['one'], ['one']]);
    // The very same question again is asked of the server again.
    const ask = async (user: string): Promise<Response> =>
      fetch(`${nginx.url}/v1/stream/poll?wait=0`, { headers: { authorization: `Bearer ${await tokenFor(user, ['staff'])}`, 'accept-encoding': 'gzip' } });
    for (const user of ['ann', 'bob']) {
      const answer = await ask(user);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.json()).toMatchObject({ frames: expect.arrayContaining([expect.objectContaining({ event: 'hello', data: expect.objectContaining({ user }) })]) });
    }
  });
});
