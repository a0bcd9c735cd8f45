import pg from 'pg';
import type { Bench } from '../bench.js';
import { TABLES } from '../streams/rules.js';
import { benchFlat } from './flat.js';
import { benchHeld } from './held.js';

/** What is kept in memory takes so much, and no more of it after ten minutes than before. What a stream takes is among the streams' figures. */
export const benchMemory: Bench = async (context) => {
  const databaseUrl = await context.server.createDatabase('flat');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  context.atEnd(() => client.end());
  await client.query(TABLES);
  return [...(await benchHeld(context)), ...(await benchFlat(context, client, databaseUrl))];
};
