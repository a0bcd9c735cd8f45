import { expect, it } from '@jest/globals';
import { withClient } from '../support/cluster.js';
import { createDatabase } from '../support/database.js';

it('leaves every table of its own open to be written where all tables of the database are published', async () => {
  const database = await createDatabase('belfry');
  await withClient(database.url, async (client) => {
    const { rows: tables } = await client.query<{ name: string; column: string }>(`
      select c.oid::regclass as name, quote_ident(a.attname) as column
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = (select min(attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and attidentity = '' and not attisdropped)
       where c.relnamespace = 'belfry'::regnamespace and c.relkind in ('r', 'p')`);
    expect(tables.length).toBeGreaterThan(10);
    await client.query('create publication everything for all tables');
    for (const { name, column } of tables) {
      await client.query(`update ${name} set ${column} = ${column}`);
      await client.query(`delete from ${name} where false`);
    }
  });
  await database.drop();
});
