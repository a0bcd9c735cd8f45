/** A change is rendered in microseconds; only one that took this long is charged to its rule, in milliseconds. */
const CHARGED_MS = 5;
/**
 * What a rule may use at once, and gets back in a second: 1 % of the time. In milliseconds. Enough for a row of a megabyte on a
 * machine that is busy otherwise.
 */
const BURST_MS = 1_500;
const REFILL_MS = 10;
/** What slow rules together may use in one transaction of the relay, in milliseconds: its fence is held meanwhile. */
const PASS_MS = 1_500;

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
 * Keeps a rule whose templates run away from holding up every other: once its time is used up its changes are parked
 * unrendered, until some of it has come back.
 */
export class RenderBudget {
  private readonly used = new Map<number, { ms: number; at: number }>();
  private inPass = new Set<number>();
  private passMs = 0;
  private cpuSeen: number;

  constructor(private readonly clock: Clock = PROCESS) {
    this.cpuSeen = clock.cpu();
  }

  /** A new transaction begins. */
  beginPass(): void {
    this.inPass.clear();
    this.passMs = 0;
    this.cpuSeen = this.clock.cpu();
  }

  /** Runs `work` for a rule, and charges it. Undefined: the rule's time is used up, and nothing was run. */
  within<T>(rule: number, work: () => T): T | undefined {
    const start = this.clock.wall();
    if (this.isUsedUp(rule, start)) return undefined;
    const result = work();
    const end = this.clock.wall();
    if (end - start >= CHARGED_MS) this.charge(rule, end - start, end);
    return result;
  }

  private isUsedUp(rule: number, now: number): boolean {
    const used = this.used.get(rule);
    if (!used) return false;
    if (this.passMs >= PASS_MS && this.inPass.has(rule)) return true;
    return used.ms - this.refilled(used.at, now) >= BURST_MS;
  }

  private charge(rule: number, wallMs: number, now: number): void {
    const cpu = this.clock.cpu();
    // By the clock, as others wait that long. But a process that was stopped meanwhile has hardly used the processor.
    const cpuMs = cpu - this.cpuSeen;
    const ms = cpuMs < wallMs * STOPPED_SHARE ? cpuMs : wallMs;
    this.cpuSeen = cpu;
    const used = this.used.get(rule);
    const before = used ? Math.max(0, used.ms - this.refilled(used.at, now)) : 0;
    this.used.set(rule, { ms: before + ms, at: now });
    this.inPass.add(rule);
    this.passMs += ms;
  }

  private refilled(at: number, now: number): number {
    return ((now - at) * REFILL_MS) / 1_000;
  }
}

/** Why a change is parked unrendered. */
export const OVER_BUDGET =
  'its rule has used up its time: a template ran too long for several changes before this one. Make it simpler, apply, then retry';
