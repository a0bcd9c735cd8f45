import type { Frame } from './wire.js';

/**
 * - `connecting`: on the way, or back to it after a planned end
 * - `live`: all that was missed has been given; what comes is news
 * - `offline`: the last attempt failed, the next one is scheduled
 * - `signed-out`: refused for want of a valid token; nothing is tried until `start` is called again
 * - `stopped`: not started, or stopped
 */
export type Status = 'connecting' | 'live' | 'offline' | 'signed-out' | 'stopped';

/** How frames come: over a stream, or by long polls, where a proxy lets no stream through. */
export type Mode = 'stream' | 'poll';

/** Nobody is signed in; or the server answers otherwise, so it is the stream that it refuses; or it does not answer. */
export type Refusal = 'signed-out' | 'stream refused' | 'no answer';

export interface FrameHandlers {
  onFrame: (frame: Frame) => void;
  onStatus: (status: Status) => void;
  /** `FrameSource.leads` has changed. */
  onLead: (leads: boolean) => void;
  /** Asks the server over REST why a stream was refused, which an EventSource can't tell. */
  askWhyRefused: () => Promise<Refusal>;
}

/** Where a client's frames come from: a stream of its own, or one that tabs share. */
export interface FrameSource {
  /** Of the tabs that share a stream, the one that has it; one of its own is always had. */
  readonly leads: boolean;
  /** Default: `stream`. */
  readonly mode?: Mode;
  start(cursor: string | undefined): void;
  stop(): void;
  /** Tries at once instead of at the scheduled time. */
  retry(): void;
  signOut(): void;
}
