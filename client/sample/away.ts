import { setText } from '../bell/elements.js';
import type { BelfryBell } from '../bell/bell.js';
import { compareIds, type Notification, type Page } from '../core/wire.js';
import { ask } from './shop.js';

/** Pages that are looked through to check a catch-up, of 100 each. */
const mostPages = 20;

/** Drops the bell's connection, takes it up again, and says what was caught up with, held against what REST lists. */
export class Away {
  private left: { at: number; position: string } | undefined;
  private backAt: number | undefined;

  constructor(
    private readonly button: HTMLButtonElement,
    private readonly output: HTMLElement,
    private readonly bell: () => BelfryBell | undefined,
    private readonly onError: (error: unknown) => void,
  ) {
    button.addEventListener('click', () => (this.left ? this.comeBack() : this.leave()));
  }

  /** Somebody else is here, with a bell of their own. */
  begin(): void {
    this.left = this.backAt = undefined;
    this.say('Go away', '');
  }

  /** To be told when the bell is live. */
  onLive(): void {
    const { left, backAt } = this;
    if (!left || backAt === undefined) return;
    this.left = this.backAt = undefined;
    const ms = Math.round(performance.now() - backAt);
    this.compare(left.position).then((found) => {
      this.say('Go away', `Back after ${Math.round((backAt - left.at) / 1000)} s. ${found} Caught up in ${ms} ms.`);
    }, this.onError);
  }

  private leave(): void {
    const bell = this.bell();
    if (!bell) return;
    this.left = { at: performance.now(), position: bell.items[0]?.position ?? '0' };
    bell.disconnect();
    const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium' }).format(new Date());
    this.say('Come back', `Away since ${time}: the connection is down. Whatever is written now waits for you.`);
  }

  private comeBack(): void {
    this.backAt = performance.now();
    this.say('Come back', 'Coming back …');
    this.bell()?.reconnect();
  }

  /** What the bell holds beyond a position, against what the server lists there: nothing may be missing, nothing twice. */
  private async compare(position: string): Promise<string> {
    const held = this.bell()?.items ?? [];
    const ids = new Set(held.map(({ id }) => id));
    const newest = held[0]?.position ?? position;
    const oldest = held.at(-1)?.position ?? position;
    const listed = await listAfter(position);
    // What came since is not of the catch-up; what is older than all that the bell holds is a page further down.
    const came = listed.filter((item) => compareIds(item.position, newest) <= 0);
    const lost = came.filter((item) => compareIds(item.position, oldest) >= 0 && !ids.has(item.id));
    const plenty = listed.length === mostPages * 100;
    return `${plenty ? 'More than ' : ''}${came.length} came meanwhile: ${lost.length} lost, ${held.length - ids.size} doubled.`;
  }

  private say(label: string, text: string): void {
    setText(this.button, label);
    setText(this.output, text);
    this.output.hidden = text === '';
  }
}

async function listAfter(position: string): Promise<Notification[]> {
  const listed: Notification[] = [];
  let after: string | null = position;
  for (let page = 0; page < mostPages && after !== null; page += 1) {
    const next: Page | undefined = await ask<Page>('GET', `/v1/notifications?limit=100&after=${after}`);
    listed.push(...(next?.data ?? []));
    after = next?.pageInfo.hasMore ? next.pageInfo.after : null;
  }
  return listed;
}
