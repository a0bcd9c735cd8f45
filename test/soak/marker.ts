import { setTimeout as sleep } from 'node:timers/promises';
import type { Mark } from '../support/oracle-marks.js';
import { call } from './inbox-client.js';
import type { Chance } from './random.js';
import { TOPICS } from './rules.js';
import type { TirelessReader } from './tireless-reader.js';

/** Longest wait between two marks, in milliseconds. */
const BETWEEN_MS = 1_500;

/** An admin who reads: marks what the stream brought, at any server, and tries again until it is done. */
export class Marker {
  /** What was answered with 200. */
  marks: Mark[] = [];
  readonly faults: string[] = [];
  tries = 0;
  /** Epochs whose ids mean something else now. */
  private readonly past = new Set<string>();
  private paused = false;
  private stopping = false;
  private marking: Promise<void> | undefined;
  private readonly running: Promise<void>;

  constructor(
    readonly reader: TirelessReader,
    private readonly servers: readonly string[],
    private readonly chance: Chance,
  ) {
    this.running = this.run();
  }

  /** Ends the mark it is at, and makes none until `resume`. */
  async pause(): Promise<void> {
    this.paused = true;
    await this.marking;
  }

  /** @param past marks nothing that was received in these epochs: their positions are given again */
  resume(past: readonly string[] = []): void {
    for (const epoch of past) this.past.add(epoch);
    this.paused = false;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await sleep(this.chance.between(50, BETWEEN_MS));
      this.marking = this.paused ? undefined : this.markOnce();
      await this.marking;
    }
  }

  private async markOnce(): Promise<void> {
    const body = this.choose();
    if (!body) return;
    const { channels, token } = this.reader;
    for (;;) {
      try {
        this.tries++;
        await call(this.chance.pick(this.servers), await token, '/read', body);
        this.marks.push({ channels, ...body });
        return;
      } catch (error) {
        const { message } = error as Error;
        if (/answered with (?!503)/.test(message)) {
          this.faults.push(message);
          return;
        }
      }
      await sleep(this.chance.between(20, 200));
    }
  }

  /** Some ids, or all up to one, of a topic or not. A few back from the newest, so that not everything is read in the end. */
  private choose(): { ids: string[] } | { upTo: string; topic?: string } | undefined {
    const known = this.reader.life.received.filter(({ epoch }) => !this.past.has(epoch));
    if (known.length < 10) return undefined;
    const ids = known.slice(-50).map(({ id }) => id);
    const [upTo = ''] = ids;
    const kind = this.chance.next();
    if (kind < 0.7) return { ids: this.chance.shuffle(ids).slice(0, this.chance.between(1, 5)) };
    return kind < 0.9 ? { upTo, topic: this.chance.pick(TOPICS) } : { upTo };
  }
}
