import { make, setText } from './elements.js';
import type { Status } from '../core/stream.js';
import type { Language } from '../words/language.js';

/** How often it is noted that the connection is live. A machine that sleeps notes nothing: what is shown then is of before. Unit: ms. */
const noteEveryMs = 5000;

/** How the connection stands, and of when what is shown is while it is not live. */
export class Standing {
  readonly element = make('span', { part: 'status' });
  /** When all that there was to know was known last; undefined until it was. */
  private asOf: Date | undefined;
  private noting: ReturnType<typeof setInterval> | undefined;

  /** The connection has come to stand so. */
  note(status: Status): void {
    clearInterval(this.noting);
    // Whoever signs in next has seen nothing yet.
    if (status === 'signed-out') this.asOf = undefined;
    if (status !== 'live') return;
    this.asOf = new Date();
    this.noting = setInterval(() => (this.asOf = new Date()), noteEveryMs);
  }

  render(status: Status, now: Date, language: Language): void {
    setText(this.element, this.text(status, now, language));
    this.element.className = status;
  }

  private text(status: Status, now: Date, language: Language): string {
    const { words } = language;
    if (!this.asOf || status === 'live' || status === 'signed-out') return words.status[status];
    if (status === 'connecting') return words.reconnecting;
    const when = language.clock(this.asOf, now);
    return status === 'offline' ? words.offlineAsOf(when) : words.stoppedAsOf(when);
  }
}
