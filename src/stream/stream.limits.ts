/** What bounds a stream, and when it says what. Times in milliseconds. */
export interface StreamLimits {
  /** What the browser waits before it comes back by itself, as `retry:` says it. Default 2 s. */
  retryMs: number;
  /** A comment is sent after this long without traffic, so that proxies keep the connection. Default 20 s. */
  heartbeatMs: number;
  /** A stream ends after this long, times 0.8 to 1.0 by chance: a rebalance without a herd. Default 10 min. */
  maxAgeMs: number;
  /** A reader that has not drained for this long is cut. Default 30 s. */
  stallMs: number;
  /** Shortest time between two `counts`. Default 250 ms. */
  countsEveryMs: number;
  /** After a purge, streams whose counts it may have changed are told within this time. Default 3 s. */
  recountSpreadMs: number;
  /** Time between two `metrics`. Default 2 s. */
  metricsEveryMs: number;
  /** Streams that one admin may have open at this process; one more displaces the oldest. Default 8. */
  perAdmin: number;
  /** Entries looked up, and sent in one frame, at a time. Default 100. */
  page: number;
  /** Characters of data in one frame, unless a single entry has more. Default 64,000. */
  frameCharacters: number;
  /** How far an idle stream's cursor may fall behind the journal's end before it is brought up. Default 1,000 positions. */
  idleLag: bigint;
}

export const STREAM_LIMITS = Symbol('STREAM_LIMITS');

export const DEFAULT_LIMITS: StreamLimits = {
  retryMs: 2_000,
  heartbeatMs: 20_000,
  maxAgeMs: 600_000,
  stallMs: 30_000,
  countsEveryMs: 250,
  recountSpreadMs: 3_000,
  metricsEveryMs: 2_000,
  perAdmin: 8,
  page: 100,
  frameCharacters: 64_000,
  idleLag: 1_000n,
};

/** Characters that Nest may hold for a reader who stopped, the last resort behind `stallMs`; several frames. */
export const MAX_PENDING_CHARACTERS = 262_144;
