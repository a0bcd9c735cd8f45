import type { ServerResponse } from 'node:http';

/**
 * A stream's way out, as far as Nest does not see it: whether the reader keeps up. Nothing tells an Observable to slow
 * down, so a session asks here before it takes more.
 */
export class Outlet {
  private stall: NodeJS.Timeout | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly response: ServerResponse,
    private readonly stallMs: number,
  ) {}

  /** Whether the reader has more before it than it takes. */
  get isBlocked(): boolean {
    return this.response.writableNeedDrain && !this.response.destroyed;
  }

  /** Cuts the reader off unless it drains in time. Called again, the time still runs from the first call. */
  watch(): void {
    if (!this.isBlocked || this.stall) return;
    this.stall = setTimeout(() => this.response.destroy(), this.stallMs);
    // Listened to only while somebody waits: nearly all streams are idle, and never do.
    this.response.on('drain', this.release).on('close', this.release);
  }

  /** Resolves when the reader took what lay before it, or is gone. */
  async drained(): Promise<void> {
    // Nest writes through a pipe: what was emitted just now is in the socket's buffer a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.isBlocked) return;
    this.watch();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** After the last frame: a reader that takes it in no time is cut as well. */
  finish(): void {
    const cut = setTimeout(() => this.response.destroy(), this.stallMs);
    cut.unref();
    this.response.once('close', () => clearTimeout(cut));
  }

  private readonly release = (): void => {
    this.response.off('drain', this.release).off('close', this.release);
    clearTimeout(this.stall);
    this.stall = undefined;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  };
}
