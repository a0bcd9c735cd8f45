import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestApp, THINGS } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

describe('a restart after a column that a rule uses was dropped', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase();
    const first = await TestApp.start({
      database,
      prepare: async (client) => {
        await client.query('create table public.things (id int primary key, name text, owner text, state text)');
      },
    });
    await first.business.query('alter table things drop column owner');
    await first.close();
  });
  afterEach(() => database.drop());

  it('goes on with the rules in force', async () => {
    const app = await TestApp.start({ database });
    try {
      const staff = await app.read('ann', ['staff']);
      await staff.frame('ready');
      await app.business.query(`insert into things values (1, 'still here')`);
      await staff.frame('notifications');
      expect(staff.notifications.map(({ title }) => title)).toEqual(['still here']);
      staff.close();
    } finally {
      await app.close();
    }
  });

  it('is refused with a file that asks for something new', async () => {
    const started = TestApp.start({ database, rules: THINGS.replace('is yours', 'is for you') });
    await expect(started).rejects.toThrow('found owner, expected a column of public.things');
  });
});
