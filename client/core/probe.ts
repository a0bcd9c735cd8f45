import type { Connect, Connection } from './connection.js';

/** How a probe goes about it. */
export interface ProbeOptions {
  open: Connect;
  /** Where the stream is, as it would be asked for now. */
  address: () => string;
  onThrough: () => void;
  /** Time between two looks. Unit: ms. */
  everyMs: number;
  /** How long a stream may take until it is ready. Unit: ms. */
  withinMs: number;
}

/** Looks from time to time whether a stream comes through by now, beside what serves meanwhile. */
export class Probe {
  private connection: Connection | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ProbeOptions) {}

  /** The next look is after the usual time. */
  start(): void {
    this.stop();
    this.timer = setTimeout(() => this.look(), this.options.everyMs);
  }

  look(): void {
    this.stop();
    const { open, address, onThrough, withinMs } = this.options;
    const isCurrent = (): boolean => connection === this.connection;
    const connection = open(address(), {
      // Its beginning may come through, and no more.
      onEvent: (event) => {
        if (!isCurrent() || event !== 'ready') return;
        this.stop();
        onThrough();
      },
      onLife: () => undefined,
      onLost: () => {
        if (isCurrent()) this.start();
      },
    });
    this.connection = connection;
    this.timer = setTimeout(() => this.start(), withinMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    const { connection } = this;
    this.connection = undefined;
    connection?.close();
  }
}
