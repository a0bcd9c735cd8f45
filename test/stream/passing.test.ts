import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { SseStream } from '@nestjs/core/router/sse-stream.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start({ limits: { heartbeatMs: 200 } });
});
afterAll(() => app.close());

it('what comes while nothing is under way is written past the pipe, byte for byte what Nest would write', async () => {
  const writes = jest.spyOn(SseStream.prototype, 'writeMessage');
  const ann = await app.read('ann', ['staff']);
  const bob = await app.read('bob', ['staff']);
  await Promise.all([ann.frame('ready'), bob.frame('ready')]);
  const greeting = writes.mock.calls.length;
  expect(greeting).toBeGreaterThan(0);
  const names = Array.from({ length: 20 }, (_, n) => `number ${n}, “ü” and\na line more`);
  for (const name of names) await app.business.query('insert into things (name) values ($1)', [name]);
  await until('all have come', () => [ann, bob].every(({ notifications }) => notifications.length === names.length));
  await until('a silence was broken', () => ann.comments.includes('keepalive'));
  expect(ann.notifications.map(({ title }) => title)).toEqual(names.map((name) => name.replace('\n', ' ')));
  expect(bob.notifications).toEqual(ann.notifications);
  expect(writes.mock.calls).toHaveLength(greeting);
  ann.close();
  bob.close();
});
