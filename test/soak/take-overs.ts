import { setTimeout as sleep } from 'node:timers/promises';
import { LEADER_LOCK, LOCK_SPACE } from '../../src/relay/doorbell.js';
import { Reader } from '../support/reader.js';
import { tokenFor } from '../support/tokens.js';
import { until } from '../support/until.js';
import { revive } from './faults/fault.js';
import { type Member, Stage } from './stage.js';

/** Between two rows, in milliseconds: how exact the times are. */
const BETWEEN_MS = 20;
/** Between two take-overs: all are at rest again. */
const REST_MS = 1_000;

const LEADING = `
  select a.pid, a.client_port as port from pg_locks l join pg_stat_activity a using (pid)
   where l.locktype = 'advisory' and l.granted and l.classid = ${LOCK_SPACE} and l.objid = ${LEADER_LOCK}`;

/** How the leading relay goes, and how it comes back. */
const WAYS: Record<string, { go(leading: Member, stage: Stage): unknown; comeBack?(leading: Member): unknown }> = {
  'killed with -9': { go: ({ server }) => server.kill('SIGKILL') },
  'asked to end (SIGTERM)': { go: ({ server }) => server.signal('SIGTERM') },
  'its session terminated': { go: (_, stage) => terminateLeader(stage) },
  'its network silent': { go: ({ proxy }) => proxy.fallSilent(), comeBack: ({ proxy }) => proxy.speak() },
  'stopped (SIGSTOP)': { go: ({ server }) => server.signal('SIGSTOP'), comeBack: ({ server }) => server.signal('SIGCONT') },
};

async function terminateLeader({ postgres }: Stage): Promise<void> {
  const client = await postgres.connect('operator');
  await client.query(`select pg_terminate_backend(pid) from (${LEADING}) as the_leading`);
  await client.end();
}

/** How long, after the leading relay goes, until a row written from then on is told by another server: in milliseconds, by way. */
export async function timeTakeOvers(times: number, log: (line: string) => void): Promise<Map<string, number[]>> {
  const stage = await Stage.set(2);
  let writing = true;
  const rows = writeOn(stage, () => writing);
  try {
    const taken = new Map<string, number[]>();
    for (const way of Object.keys(WAYS)) {
      for (let time = 0; time < times; time++) {
        const took = await timeOne(stage, way);
        log(`${way}: ${took} ms`);
        taken.set(way, [...(taken.get(way) ?? []), took]);
      }
    }
    return taken;
  } finally {
    writing = false;
    await rows;
    await stage.strike();
  }
}

async function timeOne(stage: Stage, way: string): Promise<number> {
  const leading = await until('one leads', () => leader(stage), 60_000);
  const other = stage.members.find((member) => member !== leading);
  const reader = await Reader.open(other?.server.url ?? '', { token: await tokenFor('ann') });
  try {
    await reader.frame('ready');
    await until('rows arrive', () => reader.notifications.length > 0);
    const from = Date.now();
    await WAYS[way]?.go(leading, stage);
    await until('a row of after it arrives', () => reader.notifications.some(({ title }) => Number(title) > from), 60_000);
    const took = Date.now() - from;
    await WAYS[way]?.comeBack?.(leading);
    await sleep(REST_MS);
    await Promise.all(stage.members.map(revive));
    return took;
  } finally {
    reader.close();
  }
}

/** The server whose relay holds the lock, by the port that it came from. */
async function leader({ postgres, members }: Stage): Promise<Member | undefined> {
  const client = await postgres.connect('operator');
  try {
    const { rows } = await client.query<{ port: number }>(LEADING);
    return members.find(({ proxy }) => rows[0] && proxy.carries(rows[0].port));
  } finally {
    await client.end();
  }
}

/** A row every few milliseconds, for everyone, whose title is when it was written. */
async function writeOn({ postgres }: Stage, goesOn: () => boolean): Promise<void> {
  const client = await postgres.connect('writer');
  while (goesOn()) {
    await client.query(
      'insert into public.notices (audience, text, writer, number, place, begun_at) values ($1, $2, 0, 0, 0, 0)',
      ['everyone', String(Date.now())],
    );
    await sleep(BETWEEN_MS);
  }
  await client.end();
}
