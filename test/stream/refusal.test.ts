import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Hub } from '../../src/stream/hub.service.js';
import { TestApp } from '../support/app.js';
import { tokenFor } from '../support/tokens.js';

describe('a stream that is not to be opened', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(async () => {
    await app.close();
  });

  it('is refused a token that ended within what the clocks may differ by, with time to renew it', async () => {
    const reader = await app.read('ann', ['staff'], { token: await tokenFor('ann', ['staff'], -2), lastEventId: 'as-it-came' });
    await reader.end();
    expect(reader.frames).toEqual([
      { event: 'goodbye', id: 'as-it-came', retry: 1_000, data: { reason: 'token', reconnectInMs: 1_000 } },
    ]);
  });

  it('comes back from a process on its way out, with the cursor that it came with', async () => {
    const early = await app.read('bob', ['staff'], { lastEventId: 'none-0' });
    await early.frame('ready');
    await app.business.query(`insert into things (name) values ('before')`);
    const { id: head } = await early.frame('notifications');
    const hub = app.running.app.get(Hub);
    await hub.onModuleDestroy();
    await early.end();
    const [first, again] = [await app.read('bob', ['staff']), await app.read('bob', ['staff'], { lastEventId: 'none-0' })];
    await Promise.all([first.end(), again.end()]);
    const goodbye = { event: 'goodbye', retry: expect.any(Number), data: { reason: 'drain', reconnectInMs: expect.any(Number) } };
    // On a first visit there is no cursor: it is given the one that it would have begun with.
    expect(first.frames).toEqual([expect.objectContaining({ event: 'hello', id: head }), { ...goodbye, id: head }]);
    expect(first.frames[0]?.data).toMatchObject({ resumed: false });
    expect(again.frames).toEqual([{ ...goodbye, id: 'none-0' }]);
    expect(hub.size).toBe(0);
  });
});
