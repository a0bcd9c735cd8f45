import pg from 'pg';
import { tokenFor } from '../belfry-process.js';
import type { Bench } from '../bench.js';
import type { Figure } from '../figures.js';
import { benchDeploy } from './deploy.js';
import { benchIdle } from './idle.js';
import { benchReconnect } from './reconnect.js';
import { TABLES } from './rules.js';
import { benchStalled } from './stalled.js';

const STREAMS = 2_000;
/** Readers who all lose their streams at once. */
const LOST = 5_000;
/** Each is measured with so many, and with fewer, so that the slope is seen. */
const SHARES = [1, 1 / 2, 1 / 4] as const;

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
    ...(await bySize(tokens, (some) => benchIdle(context, databaseUrl, some))),
    ...(await bySize(all, (some) => benchReconnect(context, client, databaseUrl, some))),
    ...(await bySize(tokens, (some) => benchDeploy(context, client, databaseUrl, some))),
    ...(await benchStalled(context, client, databaseUrl, tokens)),
  ];
};

/** The figures of all sizes; only the largest has needs to meet. */
async function bySize(tokens: readonly string[], measure: (some: readonly string[]) => Promise<Figure[]>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const share of SHARES) {
    const measured = await measure(tokens.slice(0, tokens.length * share));
    figures.push(...(share === 1 ? measured : measured.map((figure) => ({ ...figure, need: null }))));
  }
  return figures;
}
