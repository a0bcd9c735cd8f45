import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, type Registry } from 'prom-client';
import { Connections } from '../database/connections.js';
import { METRICS } from '../ops/metrics.controller.js';

export type Purged = 'journal' | 'notifications' | 'failed_changes' | 'publications' | 'rules';

const KEPT = `
  select position - journal_purged_up_to as journal, notifications_kept as notifications, extract(epoch from looked_at)::float8 as at
    from belfry.retention, belfry.relay_state`;

interface Kept {
  journal: string;
  notifications: string;
  /** In seconds of Unix time. */
  at: number | null;
}

/** What is kept and what was purged, for Prometheus. */
@Injectable()
export class RetentionMetrics {
  private readonly purged: Counter<'what'>;

  constructor({ direct }: Connections, @Inject(METRICS) registry: Registry) {
    const registers = [registry];
    // The database knows. Where it does not answer there is no number, rather than no metrics at all.
    const ask = (): Promise<Kept | undefined> => direct.query<Kept>(KEPT).then(({ rows }) => rows[0], () => undefined);
    this.purged = new Counter({ name: 'belfry_purged_total', help: 'Rows that this process has purged', labelNames: ['what'], registers });
    new Gauge({
      name: 'belfry_kept',
      help: 'Journal entries and notifications that are kept',
      labelNames: ['what'],
      registers,
      async collect() {
        const kept = await ask();
        this.reset();
        if (kept) this.set({ what: 'journal' }, Number(kept.journal));
        if (kept) this.set({ what: 'notifications' }, Number(kept.notifications));
      },
    });
    new Gauge({
      name: 'belfry_last_purge_timestamp_seconds',
      help: 'When a purge last came to its end, by any process',
      registers,
      async collect() {
        const kept = await ask();
        if (kept?.at) this.set(kept.at);
      },
    });
  }

  /** Notes rows that were deleted. */
  note(what: Purged, rows: number): void {
    this.purged.inc({ what }, rows);
  }
}
