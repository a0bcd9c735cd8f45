import pg from 'pg';
import { tokenFor } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import { benchDeploy } from './deploy.js';
import { benchIdle } from './idle.js';
import { benchReconnect } from './reconnect.js';
import { TABLES } from './rules.js';
import { benchStalled } from './stalled.js';

const STREAMS = 2_000;
/** Readers who all lose their streams at once. */
const LOST = 5_000;

/** What many streams, gone ones and stalled ones cost. */
export const benchStreams: Bench = async (context) => {
  const { server, quick, atEnd } = context;
  const databaseUrl = await server.createDatabase('streams');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  atEnd(() => client.end());
  await client.query(TABLES);
  const all = await Promise.all(Array.from({ length: quick ? LOST / 4 : LOST }, (_, nth) => tokenFor(`admin-${nth}`)));
  const tokens = all.slice(0, quick ? STREAMS / 4 : STREAMS);
  return [
    ...(await benchIdle(context, databaseUrl, tokens)),
    ...(await benchReconnect(context, client, databaseUrl, all)),
    ...(await benchDeploy(context, client, databaseUrl, tokens)),
    ...(await benchStalled(context, client, databaseUrl, tokens)),
  ];
};
