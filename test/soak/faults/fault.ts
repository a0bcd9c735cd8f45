import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { isLoss } from '../../support/postgres.js';
import type { Chance } from '../random.js';
import type { Member, Stage } from '../stage.js';

/** What a fault takes hold of: two at once never take hold of the same. */
export type Part = 'processes' | 'database' | 'network' | 'tables' | 'readers' | 'everything';

/** Something that happens in production. It is over, and undone, when it returns. */
export interface Fault {
  part: Part;
  happen(stage: Stage, chance: Chance): Promise<void>;
}

/** How long the wait for a server that comes back may be: the database may be down meanwhile. */
const PATIENCE_MS = 60_000;

/** What a fault has set for the database does not keep the operator from undoing it. */
const OPERATORS_OPTIONS = '-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off';

/** Starts a server as a supervisor does: again, if it ends by itself. */
export async function revive({ server }: Member): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await server.answers('/health/ready'))) {
    if (!server.isRunning) server.launch();
    if (Date.now() > end) throw new Error(`a server did not come back: ${server.output.slice(-5_000)}`);
    await sleep(100);
  }
}

/** Does as an operator does with psql: again, if the connection is lost. */
export async function operate({ postgres }: Stage, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const client = await postgres.connect('operator', { options: OPERATORS_OPTIONS }).catch(() => undefined);
    try {
      if (client) {
        await work(client);
        return;
      }
    } catch (error) {
      if (!isLoss(error)) throw error;
    } finally {
      await client?.end().catch(() => undefined);
    }
    if (Date.now() > end) throw new Error('the database did not come back');
    await sleep(100);
  }
}
