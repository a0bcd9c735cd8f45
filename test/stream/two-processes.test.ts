import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Connections } from '../../src/database/connections.js';
import { TestApp } from '../support/app.js';
import { until } from '../support/until.js';

let first: TestApp;
let second: TestApp;
beforeEach(async () => {
  first = await TestApp.start();
  second = await TestApp.start({ database: first.database });
});
afterEach(async () => {
  await second.close();
  await first.close();
});

/** For a while the process can't read the journal: all its connections are busy. */
function holdUp(app: TestApp): Promise<unknown> {
  const { direct } = app.running.app.get(Connections);
  return Promise.all(Array.from({ length: direct.options.max }, () => direct.query('select pg_sleep(0.5)')));
}

describe('a reader whom a load balancer moves to another process', () => {
  it('is resumed by one that has not heard yet of what the other has told', async () => {
    const reader = await first.read('ann', ['staff']);
    await reader.frame('ready');
    for (let round = 1; round <= 3; round++) {
      const heldUp = holdUp(second);
      await first.business.query('insert into things (name) values ($1)', [`row ${round}`]);
      await until('the first process tells it', () => reader.notifications.length === round);
      const moved = await second.read('ann', ['staff'], { lastEventId: reader.lastEventId });
      await moved.frame('ready');
      expect(moved.frames[0]).toMatchObject({ event: 'hello', id: reader.lastEventId, data: { resumed: true } });
      expect(moved.dataOf('reset')).toEqual([]);
      expect(moved.notifications).toEqual([]);
      moved.close();
      await heldUp;
    }
    reader.close();
  });
});
