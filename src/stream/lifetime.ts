/** When a stream has to end, and why. */
export interface Lifetime {
  /** By `performance.now()`. */
  endsAt: number;
  reason: 'age' | 'token';
}

/** What a stream's end is reckoned from. */
export interface Birth {
  /** When the token ends. */
  expiresAt: Date;
  /** A stream ends after this long, times 0.8 to 1.0, in milliseconds. */
  maxAgeMs: number;
  /** 0 to 1. */
  chance: number;
  /** The time of day, in milliseconds. */
  today: number;
  /** By `performance.now()`, which nobody sets. */
  now: number;
}

/** A stream ends at its age, by chance up to a fifth sooner so that no herd comes back; or with its token, when that is sooner. */
export function lifetimeOf({ expiresAt, maxAgeMs, chance, today, now }: Birth): Lifetime {
  const age = maxAgeMs * (0.8 + chance * 0.2);
  const left = Math.max(0, expiresAt.getTime() - today);
  return left < age ? { endsAt: now + left, reason: 'token' } : { endsAt: now + age, reason: 'age' };
}
