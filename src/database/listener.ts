import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { BehaviorSubject, filter, firstValueFrom, map, Subject, take, timeout, type Observable } from 'rxjs';
import { backoffMs } from './backoff.js';
import { Connections } from './connections.js';
import { sqlState } from './server.js';
import { Trouble } from './trouble.js';

/** Rung by writers while the relay sleeps. */
export const CHANGES_CHANNEL = 'belfry_changes';
/** Rung by the relay after each batch; the payload is the position of its last entry. */
export const JOURNAL_CHANNEL = 'belfry_journal';
const PROBE_CHANNEL = 'belfry_probe';
const CHANNELS = [CHANGES_CHANNEL, JOURNAL_CHANNEL, PROBE_CHANNEL];

/** program_limit_exceeded, raised at the commit of what notifies. */
const QUEUE_FULL = '54000';

/** How often the session is asked whether it still hears. */
const HEARTBEAT_MS = 10_000;
/** How long an answer may take: a half-open socket raises no event, it only stays silent. */
const ANSWER_MS = 3_000;

/**
 * The process's one LISTEN session. It does nothing else, as a session inside a transaction hears nothing.
 *
 * A notification is a hint: whoever subscribes also looks by itself, slowly, and at once when `hearing$` turns true,
 * for what was rung meanwhile is gone.
 */
@Injectable()
export class Listener implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Listener.name);
  private readonly heard = new Subject<{ channel: string; payload: string }>();
  private readonly hearing = new BehaviorSubject(false);
  private readonly closing = new AbortController();
  private readonly trouble = new Trouble();
  private running: Promise<void> | undefined;

  /** Whether notifications arrive now; the current state first. */
  readonly hearing$: Observable<boolean> = this.hearing.asObservable();

  constructor(private readonly connections: Connections) {}

  get isHearing(): boolean {
    return this.hearing.value;
  }

  /** Payloads sent to a channel. */
  on(channel: typeof CHANGES_CHANNEL | typeof JOURNAL_CHANNEL): Observable<string> {
    return this.heard.pipe(
      filter((notification) => notification.channel === channel),
      map(({ payload }) => payload),
    );
  }

  /** Begins to listen, and goes on until shutdown, whatever happens to the connection. */
  start(): void {
    this.running ??= this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.running;
    this.heard.complete();
    this.hearing.complete();
  }

  private async run(): Promise<void> {
    let attempt = 0;
    while (!this.isClosing()) {
      const client = this.connections.directClient('listen');
      const lost = new Promise<Error>((resolve) => {
        client.on('error', resolve);
        client.on('end', () => resolve(new Error('the connection was closed')));
      });
      try {
        await this.listen(client);
        await this.probe();
        attempt = 0;
        throw await Promise.race([lost, this.watch(client)]);
      } catch (error) {
        if (!this.isClosing()) this.deaf(error as Error);
      } finally {
        if (this.isHearing) this.hearing.next(false);
        // A session that stopped answering would keep `end()` waiting as well.
        await Promise.race([client.end().catch(() => undefined), this.pause(ANSWER_MS)]);
      }
      await this.pause(backoffMs(attempt++));
    }
  }

  private hears(): void {
    if (this.trouble.end()) this.logger.log('hearing notifications again');
    if (!this.isHearing) this.hearing.next(true);
  }

  private deaf({ message }: Error): void {
    if (this.isHearing) this.hearing.next(false);
    if (this.trouble.meet(message)) this.logger.warn(`not hearing notifications, polling until it is mended: ${message}`);
  }

  private isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  private async listen(client: pg.Client): Promise<void> {
    client.on('notification', ({ channel, payload }) => this.heard.next({ channel, payload: payload ?? '' }));
    await client.connect();
    await client.query(CHANNELS.map((channel) => `listen ${channel}`).join('; '));
  }

  /** Asks again and again whether the session hears. @returns the reason why it does not, or that we are closing */
  private async watch(client: pg.Client): Promise<Error> {
    for (;;) {
      await this.pause(HEARTBEAT_MS);
      if (this.isClosing()) return new Error('closing');
      try {
        await within(ANSWER_MS, client.query('select pg_listening_channels()'));
        await this.probe();
      } catch (error) {
        return error as Error;
      }
    }
  }

  /** Rings from another connection: behind a transaction pooler LISTEN says OK, and nothing ever arrives. */
  private async probe(): Promise<void> {
    const token = randomUUID();
    const arrived = firstValueFrom(
      this.heard.pipe(
        filter(({ channel, payload }) => channel === PROBE_CHANNEL && payload === token),
        take(1),
        timeout(ANSWER_MS),
      ),
    );
    try {
      await Promise.all([arrived, this.connections.direct.query('select pg_notify($1, $2)', [PROBE_CHANNEL, token])]);
      this.hears();
    } catch (error) {
      // Nobody can notify just now. The session is kept: a new LISTEN would have to read all of a full queue first.
      if (sqlState(error) === QUEUE_FULL) {
        this.deaf(new Error('the notification queue is full'));
        return;
      }
      if ((error as Error).name !== 'TimeoutError') throw error;
      throw new Error(
        `LISTEN was accepted, but a notification did not arrive within ${ANSWER_MS} ms. If a transaction pooler stands between, ` +
          'set BELFRY_LISTEN_URL to a direct connection.',
      );
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
  }
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
