import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnPostgres } from '../support/postgres.js';
import type { ServerProcess } from '../support/server.js';
import type { Chance } from './random.js';
import type { TirelessReader } from './tireless-reader.js';

export interface Scene {
  postgres: OwnPostgres;
  server: ServerProcess;
  readers: readonly TirelessReader[];
}

type Fault = (scene: Scene, chance: Chance) => Promise<void>;

/** All that may happen, each undone before the next. */
const FAULTS = {
  'the server is killed': async ({ server }, chance) => {
    await server.kill('SIGKILL');
    await sleep(chance.between(0, 1_500));
    await server.restart();
  },
  'the database crashes': async ({ postgres }, chance) => {
    await postgres.crash('immediate');
    await sleep(chance.between(0, 1_500));
    await postgres.restart();
  },
  'the postmaster is killed': async ({ postgres }, chance) => {
    await postgres.crash('kill');
    await sleep(chance.between(0, 1_500));
    await postgres.restart();
  },
  'both go, and the server comes first': async ({ postgres, server }, chance) => {
    await Promise.all([postgres.crash('immediate'), server.kill('SIGKILL')]);
    server.launch();
    await sleep(chance.between(500, 1_500));
    await postgres.restart();
    await server.ready();
  },
  'sessions are terminated': async ({ postgres }, chance) => {
    const client = await postgres.connect('operator');
    const half = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'belfry %' and random() < 0.5`;
    for (let round = chance.between(1, 5); round > 0; round--) await client.query(half);
    await client.end();
  },
  'the server is stopped and goes on': async ({ server }, chance) => {
    server.signal('SIGSTOP');
    await sleep(chance.between(200, 3_000));
    server.signal('SIGCONT');
  },
  'the server is restarted politely': async ({ server }) => {
    await server.kill('SIGTERM');
    await server.restart();
  },
  'every reader is cut off': async ({ readers }) => {
    for (const reader of readers) reader.drop();
    await Promise.resolve();
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** What happens whatever the seed, at least. */
const ALWAYS: FaultName[] = ['the server is killed', 'the server is killed', 'the database crashes', 'the postmaster is killed'];

/** Lets faults happen, drawn from `chance`, until the time is over and each of `ALWAYS` has been. */
export async function letFaultsHappen(scene: Scene, chance: Chance, ms: number, log: (line: string) => void): Promise<FaultName[]> {
  const happened: FaultName[] = [];
  const names = Object.keys(FAULTS) as FaultName[];
  const due = chance.shuffle(ALWAYS);
  const end = Date.now() + ms;
  while (Date.now() < end || due.length > 0) {
    await sleep(chance.between(300, 2_500));
    const name = chance.happens(0.6) ? (due.pop() ?? chance.pick(names)) : chance.pick(names);
    log(name);
    await FAULTS[name](scene, chance);
    happened.push(name);
  }
  return happened;
}
