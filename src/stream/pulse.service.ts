import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Gauge, Histogram, type Registry } from 'prom-client';
import { Connections } from '../database/connections.js';
import type { Entry } from '../journal/entry.js';
import { Tail } from '../journal/tail.service.js';
import { METRICS } from '../ops/metrics.controller.js';
import { Hub } from './hub.service.js';
import type { Session } from './session.js';
import { STREAM_LIMITS, type StreamLimits } from './stream.limits.js';

/** The newest entries that percentiles are taken over. */
const SAMPLES = 1_000;
const MINUTE_MS = 60_000;
/** Waiting changes are counted no further. */
const WAITING_CAP = 100_000;

/** The data of the `metrics` event. */
export interface Pulse {
  /** Streams open at this process. */
  streams: number;
  /** Changes that the relay has not taken yet. */
  changesWaiting: number;
  /** Age of the oldest of them, in milliseconds. */
  relayLagMs: number;
  /** From the commit to the frame's leaving, over the newest entries; null while there was none. */
  commitToFrameMs: { p50: number | null; p95: number | null };
  /** Notifications in the last minute. */
  perMinute: number;
}

/** How the system is, for the streams that ask and for Prometheus. */
@Injectable()
export class PulseService implements OnModuleDestroy {
  private readonly logger = new Logger(PulseService.name);
  private readonly askers = new Set<Session>();
  private readonly delays: number[] = [];
  /** By the clock that nobody sets. */
  private arrivals: number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly commitToFrame: Histogram;

  constructor(
    tail: Tail,
    private readonly hub: Hub,
    private readonly connections: Connections,
    @Inject(STREAM_LIMITS) private readonly limits: StreamLimits,
    @Inject(METRICS) registry: Registry,
  ) {
    // After the hub's own subscription: the frames are on their way when this hears of the entries.
    tail.advanced$.subscribe((entries) => this.note(entries));
    this.commitToFrame = new Histogram({
      name: 'belfry_commit_to_frame_seconds',
      help: 'From the commit of a change to the frame leaving for the browsers',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers: [registry],
    });
    const gathering = new Histogram({
      name: 'belfry_gathering_seconds',
      help: 'How long a notification waited for others that left in the same frames, the longest of each round',
      buckets: [0.001, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25],
      registers: [registry],
    });
    hub.gathered$.subscribe((ms) => gathering.observe(ms / 1_000));
    new Gauge({
      name: 'belfry_streams',
      help: 'Open streams',
      registers: [registry],
      collect() {
        this.set(hub.size);
      },
    });
  }

  /** Sends this session `metrics` until it is removed. */
  add(session: Session): void {
    this.askers.add(session);
    this.timer ??= setInterval(() => void this.tell(), this.limits.metricsEveryMs);
  }

  remove(session: Session): void {
    this.askers.delete(session);
    if (this.askers.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** @throws when the database can't be asked: what is not known is not told as 0 */
  async pulse(): Promise<Pulse> {
    const { rows } = await this.connections.direct.query<{ waiting: string; lag: number }>(
      `select (select count(*) from (select from belfry.changes limit $1) as waiting) as waiting,
              coalesce((select greatest(0, extract(epoch from clock_timestamp() - captured_at) * 1000)::float8
                          from belfry.changes order by id limit 1), 0) as lag`,
      [WAITING_CAP],
    );
    const sorted = [...this.delays].sort((a, b) => a - b);
    const since = performance.now() - MINUTE_MS;
    this.arrivals = this.arrivals.filter((at) => at > since);
    return {
      streams: this.hub.size,
      changesWaiting: Number(rows[0]?.waiting),
      relayLagMs: Math.round(Number(rows[0]?.lag)),
      commitToFrameMs: { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) },
      perMinute: this.arrivals.length,
    };
  }

  private note(entries: readonly Entry[]): void {
    const [now, arrival] = [Date.now(), performance.now()];
    for (const { kind, occurredAt } of entries) {
      if (kind !== 'notification') continue;
      const delay = Math.max(0, now - occurredAt);
      this.commitToFrame.observe(delay / 1_000);
      this.delays.push(delay);
      this.arrivals.push(arrival);
    }
    if (this.delays.length > SAMPLES) this.delays.splice(0, this.delays.length - SAMPLES);
    if (this.arrivals.length > 2 * WAITING_CAP) this.arrivals = this.arrivals.slice(-WAITING_CAP);
  }

  private async tell(): Promise<void> {
    try {
      const pulse = await this.pulse();
      for (const session of this.askers) session.sendMetrics(pulse);
    } catch (error) {
      this.logger.warn(`no metrics this time: ${(error as Error).message}`);
    }
  }
}

function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
