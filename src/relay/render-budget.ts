/** A change is rendered in microseconds; only one that took this long is charged to its rule, in milliseconds. */
const CHARGED_MS = 5;
/**
 * What a rule may use at once, and gets back in a second: 1 % of the time. In milliseconds. Enough for a row of a megabyte on a
 * machine that is busy otherwise.
 */
const BURST_MS = 1_500;
const REFILL_MS = 10;
/** Slow rules that may use so much at a time; more of them share what these have. */
const SLOW_RULES = 4;
/**
 * What is rendered at a stretch in a transaction of the relay, in milliseconds: its fence is held meanwhile, and the server ends
 * a session that says nothing for 3 s in a transaction. The next transaction takes up the rest.
 */
const STRETCH_MS = 1_000;

/** Below this share of the processor a process was stopped rather than slowed down by others. */
const STOPPED_SHARE = 0.1;

/** Milliseconds of this process: by the clock, and of processor time. */
export interface Clock {
  wall(): number;
  cpu(): number;
}

const PROCESS: Clock = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

/**
 * Keeps rules whose templates run away from holding up every other: once the time of one is used up its changes are parked
 * unrendered, until some of it has come back.
 */
export class RenderBudget {
  private readonly used = new Map<number, { ms: number; at: number }>();
  private began: number;
  private cpuSeen: number;

  constructor(private readonly clock: Clock = PROCESS) {
    this.began = clock.wall();
    this.cpuSeen = clock.cpu();
  }

  /** The session has just said something: a stretch of rendering begins. */
  begin(): void {
    const now = this.clock.wall();
    for (const [rule, used] of this.used) if (this.owed(used, now) === 0) this.used.delete(rule);
    this.began = now;
    this.cpuSeen = this.clock.cpu();
  }

  /** Whether the session has to say something. */
  get isOver(): boolean {
    return this.clock.wall() - this.began >= STRETCH_MS;
  }

  /** Runs `work` for a rule, and charges it. Undefined: the rule's time is used up, and nothing was run. */
  within<T>(rule: number, work: () => T): T | undefined {
    const start = this.clock.wall();
    if (this.isUsedUp(rule, start)) return undefined;
    try {
      return work();
    } finally {
      const end = this.clock.wall();
      if (end - start >= CHARGED_MS) this.charge(rule, end - start, end);
    }
  }

  private isUsedUp(rule: number, now: number): boolean {
    const used = this.used.get(rule);
    return used !== undefined && this.owed(used, now) >= BURST_MS * this.share;
  }

  private charge(rule: number, wallMs: number, now: number): void {
    const cpu = this.clock.cpu();
    // By the clock, as others wait that long. But a process that was stopped meanwhile has hardly used the processor.
    const cpuMs = cpu - this.cpuSeen;
    const ms = cpuMs < wallMs * STOPPED_SHARE ? cpuMs : wallMs;
    this.cpuSeen = cpu;
    const used = this.used.get(rule);
    this.used.set(rule, { ms: (used ? this.owed(used, now) : 0) + ms, at: now });
  }

  private owed({ ms, at }: { ms: number; at: number }, now: number): number {
    return Math.max(0, ms - ((now - at) * REFILL_MS * this.share) / 1_000);
  }

  /** Of what one rule may use alone. */
  private get share(): number {
    return Math.min(1, SLOW_RULES / this.used.size);
  }
}

/** Why a change is parked unrendered. */
export const OVER_BUDGET =
  'its rule has used up its time: a template ran too long for several changes before this one. Make it simpler, apply, then retry';
