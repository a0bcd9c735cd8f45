import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type pg from 'pg';
import { inTransaction } from '../database/transaction.js';

/**
 * Where the journal lives, as SQL: the server and its timeline, the database, the tables' own files, and this life of the
 * postmaster. While it stays the same, the journal can't have been restored from a copy of the files or from a dump.
 */
export const ORIGIN = `concat_ws('/',
  (select system_identifier from pg_control_system()),
  case when not pg_is_in_recovery() then substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end,
  (select oid from pg_database where datname = current_database()),
  'belfry.relay_state'::regclass::oid, pg_relation_filenode('belfry.relay_state'),
  extract(epoch from pg_postmaster_start_time()))`;

/** An entry that this process knows of. */
interface Seen {
  position: bigint;
  /** Its `occurred_at`, in epoch milliseconds: another entry that was given the same position has another. */
  occurredAt: number;
}

interface State {
  origin: string | null;
  current: string;
  position: string;
}

/**
 * Whether the journal is still the one it was. Positions alone can't say so: after a restored backup they are given again,
 * and a reader that comes back with one of before would be served from it in silence, with a hole in what it has.
 *
 * So whenever the journal's origin has changed, a new epoch begins at the last position there is, before anything is written.
 * Where this process still finds the last entry it knew, the journal has only been restarted, and its epoch goes on.
 */
@Injectable()
export class Lineage {
  private readonly logger = new Logger(Lineage.name);
  private seen: Seen | undefined;

  /** The last entry of the journal that this process read or wrote. */
  witness(seen: Seen): void {
    if (!this.seen || seen.position > this.seen.position) this.seen = seen;
  }

  /** Makes sure that the epoch is that of the journal's origin, in a transaction of its own. */
  async confirm(client: pg.ClientBase): Promise<void> {
    await inTransaction(client, () => this.confirmWithin(client));
  }

  /** The same in the caller's transaction, which holds the lock on `relay_state` from here on. */
  async confirmWithin(client: pg.ClientBase): Promise<void> {
    const { rows } = await client.query<State>(`select origin, position, ${ORIGIN} as current from belfry.relay_state for update`);
    const state = rows[0];
    if (!state || state.origin === state.current) return;
    if (state.origin !== null && (await this.isContinued(client))) {
      await client.query('update belfry.relay_state set origin = $1', [state.current]);
      return;
    }
    await this.begin(client, state);
    if (state.origin !== null) this.logger.log(`a new epoch begins at position ${state.position}: the database was restarted, restored or copied`);
  }

  /**
   * Ends every epoch there was, for the journal went back behind what readers were given: no cursor holds any more.
   * In the caller's transaction. Does so once, however many processes notice.
   *
   * @param noticed the epoch in which it was noticed
   */
  async disownWithin(client: pg.ClientBase, noticed: string): Promise<void> {
    const { rows } = await client.query<State>(`select origin, position, ${ORIGIN} as current from belfry.relay_state for update`);
    const { rows: epochs } = await client.query<{ name: string }>('select name from belfry.epochs order by number desc limit 1');
    this.seen = undefined;
    if (!rows[0] || epochs[0]?.name !== noticed) return;
    await client.query('delete from belfry.epochs');
    await this.begin(client, rows[0]);
  }

  private async begin(client: pg.ClientBase, { position, current }: State): Promise<void> {
    this.seen = undefined;
    await client.query('insert into belfry.epochs (name, since) values ($1, $2)', [randomBytes(6).toString('hex'), position]);
    await client.query('update belfry.relay_state set origin = $1', [current]);
    // An epoch that ended before all that is kept can't be resumed from.
    await client.query(`
      delete from belfry.epochs e
       where exists (select from belfry.epochs later
                      where later.number > e.number and later.since < (select min(position) - 1 from belfry.journal))`);
  }

  private async isContinued(client: pg.ClientBase): Promise<boolean> {
    if (!this.seen) return false;
    const { rows } = await client.query<{ occurred_at: Date }>('select occurred_at from belfry.journal where position = $1', [
      this.seen.position,
    ]);
    return rows[0]?.occurred_at.getTime() === this.seen.occurredAt;
  }
}
