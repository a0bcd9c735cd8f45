import pg from 'pg';
import { tokenFor } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { benchIdle } from './idle.js';
import { benchReconnect } from './reconnect.js';
import { TABLES } from './rules.js';
import { benchStalled } from './stalled.js';

const STREAMS = 2_000;

/** What many streams, gone ones and stalled ones cost. */
export const benchStreams: Bench = async (context) => {
  const { server, quick, atEnd } = context;
  const databaseUrl = await server.createDatabase('streams');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query(TABLES);
  const tokens = await Promise.all(Array.from({ length: quick ? STREAMS / 4 : STREAMS }, (_, nth) => tokenFor(`admin-${nth}`)));
  return [
    ...(await benchIdle(context, databaseUrl, tokens)),
    ...(await benchReconnect(context, client, databaseUrl, tokens)),
    ...(await benchStalled(context, client, databaseUrl, tokens)),
  ];
};
