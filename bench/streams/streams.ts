import pg from 'pg';
import { tokenFor } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { benchIdle } from './idle.js';
import { TABLES } from './rules.js';

const STREAMS = 2_000;

/** What many streams, gone ones and slow ones cost. */
export const benchStreams: Bench = async (context) => {
  const { server, quick, atEnd } = context;
  const databaseUrl = await server.createDatabase('streams');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query(TABLES);
  const tokens = await Promise.all(Array.from({ length: quick ? STREAMS / 4 : STREAMS }, (_, nth) => tokenFor(`admin-${nth}`)));
  return await benchIdle(context, databaseUrl, tokens);
};
