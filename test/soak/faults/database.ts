import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../random.js';
import type { Stage } from '../stage.js';
import { readLedger } from '../ledger.js';
import { type Fault, operate, revive } from './fault.js';

const downFor = (chance: Chance): Promise<void> => sleep(chance.between(0, 1_500));

/** Ends sessions by their `application_name`, several times over. */
async function terminate(stage: Stage, chance: Chance, name: string, share = 1): Promise<void> {
  for (let round = chance.between(1, 4); round > 0; round--) {
    await operate(stage, (client) =>
      client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1 and random() <= $2', [name, share]),
    );
    await sleep(chance.between(0, 200));
  }
}

/** What happens to PostgreSQL. */
export const DATABASE_FAULTS = {
  'the database is stopped': {
    part: 'database',
    async happen({ postgres }, chance) {
      await postgres.stop();
      await downFor(chance);
      await postgres.restart();
    },
  },
  'the database crashes': {
    part: 'database',
    async happen({ postgres }, chance) {
      await postgres.crash('immediate');
      await downFor(chance);
      await postgres.restart();
    },
  },
  'the postmaster is killed': {
    part: 'database',
    async happen({ postgres }, chance) {
      await postgres.crash('kill');
      await downFor(chance);
      await postgres.restart();
    },
  },
  'all go, and the servers come first': {
    part: 'everything',
    async happen({ postgres, members }, chance) {
      await Promise.all([postgres.crash('immediate'), ...members.map(({ server }) => server.kill('SIGKILL'))]);
      for (const { server } of members) server.launch();
      await sleep(chance.between(500, 1_500));
      await postgres.restart();
      await Promise.all(members.map(revive));
    },
  },
  'the relay is terminated': { part: 'database', happen: (stage, chance) => terminate(stage, chance, 'belfry relay') },
  'the listeners are terminated': { part: 'database', happen: (stage, chance) => terminate(stage, chance, 'belfry listen') },
  'the request pools are terminated': { part: 'database', happen: (stage, chance) => terminate(stage, chance, 'belfry request') },
  'half of all sessions are terminated': { part: 'database', happen: (stage, chance) => terminate(stage, chance, 'belfry %', 0.5) },
  'an older backup is restored': {
    part: 'everything',
    async happen(stage, chance) {
      const { postgres, markers } = stage;
      await Promise.all(markers.map((marker) => marker.pause()));
      await postgres.stop();
      const restore = await postgres.backUp();
      await postgres.restart();
      const kept = markers.map(({ marks }) => [...marks]);
      for (const marker of markers) marker.resume();
      await sleep(chance.between(1_500, 4_000));
      await Promise.all([...markers, ...(stage.desk ? [stage.desk] : [])].map((one) => one.pause()));
      await postgres.stop();
      const ledger = await postgres.aside(readLedger);
      stage.writers?.check(ledger.rows);
      stage.writers?.forget();
      stage.ledgers.push(ledger);
      await restore();
      await postgres.restart();
      for (const [index, marker] of markers.entries()) {
        marker.marks = kept[index] ?? [];
        marker.resume(ledger.epochs);
      }
      stage.desk?.forget();
      stage.desk?.resume();
    },
  },
} satisfies Record<string, Fault>;
