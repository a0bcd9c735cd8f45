import pg from 'pg';
import { answerParent } from '../child.js';
import { percentile } from '../figures.js';
import { mark, openStreams, type StreamTarget } from './streams.js';

export type ReadersRequest =
  | { open: StreamTarget; as: string }
  /** Inserts into this table at a rate, for a while, and follows each row to every stream opened `as` the table. */
  | { write: string; perSecond: number; forMs: number };

/** Milliseconds, over all rows and all streams. */
export interface Delays {
  p50: number;
  p95: number;
  p99: number;
}

export interface Measured {
  /** From the answer to COMMIT. */
  afterCommit: Delays;
  /** From the sending of COMMIT: the commit's own work is in it. */
  withCommit: Delays;
}

/** The last frames are waited for this long: the bare pipe falls behind where it has to write more often than it can. */
const LAST_FRAMES_MS = 60_000;

interface Row {
  sentAt: number;
  committedAt: number;
  receivedAt: Float64Array;
  received: number;
}

const [databaseUrl] = process.argv.slice(2);
const client = new pg.Client({ connectionString: databaseUrl, application_name: 'shop' });
await client.connect();
const streams = new Map<string, number>();
const rows = new Map<number, Row>();
let numbered = 0;

answerParent(async (request: ReadersRequest): Promise<Measured | undefined> => {
  if ('write' in request) return write(request.write, request.perSecond, request.forMs);
  const sockets = await openStreams(request.open, (stream, number) => {
    const row = rows.get(number);
    if (row?.receivedAt[stream] !== 0) return;
    row.receivedAt[stream] = performance.now();
    row.received++;
  });
  streams.set(request.as, sockets.length);
  return undefined;
});

async function write(table: string, perSecond: number, forMs: number): Promise<Measured> {
  const readers = streams.get(table) ?? 0;
  rows.clear();
  const start = performance.now();
  for (let nth = 0; ; nth++) {
    // Not in step with anything: each at a random point of its own slot.
    const due = start + ((nth + Math.random()) * 1_000) / perSecond;
    if (due - start >= forMs) break;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const row = { sentAt: 0, committedAt: 0, receivedAt: new Float64Array(readers), received: 0 };
    rows.set(++numbered, row);
    await client.query('begin');
    await client.query({
      name: table,
      text: `insert into ${table} (customer_name, total_cents) values ($1, $2)`,
      values: [`Customer ${mark(numbered)}`, 4_200],
    });
    row.sentAt = performance.now();
    await client.query('commit');
    row.committedAt = performance.now();
  }
  await allReceived(table, readers);
  return {
    afterCommit: delays((row) => row.committedAt),
    withCommit: delays((row) => row.sentAt),
  };
}

async function allReceived(table: string, readers: number): Promise<void> {
  const deadline = performance.now() + LAST_FRAMES_MS;
  const missing = (): number => [...rows.values()].reduce((sum, { received }) => sum + readers - received, 0);
  while (missing() > 0) {
    if (performance.now() > deadline) throw new Error(`${missing()} of ${rows.size * readers} deliveries of ${table} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function delays(from: (row: Row) => number): Delays {
  const all = Float64Array.from([...rows.values()].flatMap((row) => Array.from(row.receivedAt, (at) => at - from(row)))).sort();
  return { p50: percentile(all, 0.5), p95: percentile(all, 0.95), p99: percentile(all, 0.99) };
}
