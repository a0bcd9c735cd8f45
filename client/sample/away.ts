import { setText } from '../bell/elements.js';
import type { BelfryBell } from '../bell/bell.js';
import { compareIds, placeOf, type Notification, type Page } from '../core/wire.js';
import { ask } from './shop.js';

/** Pages that are looked through to check a catch-up, of 100 each. */
const mostPages = 20;

/** Drops the bell's connection, takes it up again, and says what was caught up with, held against what REST lists. */
export class Away {
  private left: { at: number; place: string } | undefined;
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
    this.compare(left.place).then((found) => {
      this.say('Go away', `Back after ${Math.round((backAt - left.at) / 1000)} s. ${found} Caught up in ${ms} ms.`);
    }, this.onError);
  }

  private leave(): void {
    const bell = this.bell();
    if (!bell) return;
    const [newest] = bell.items;
    this.left = { at: performance.now(), place: newest ? placeOf(newest) : '0' };
    bell.disconnect();
    const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium' }).format(new Date());
    this.say('Come back', `Away since ${time}: the connection is down. Whatever is written now waits for you.`);
  }

  private comeBack(): void {
    this.backAt = performance.now();
    this.say('Come back', 'Coming back …');
    this.bell()?.reconnect();
  }

  /** What the bell holds beyond a place, against what the server lists there: nothing may be missing, nothing twice. */
  private async compare(place: string): Promise<string> {
    const held = this.bell()?.items ?? [];
    const ids = new Set(held.map(({ id }) => id));
    const places = held.map(placeOf);
    const newest = places[0] ?? place;
    const oldest = places.at(-1) ?? place;
    const listed = await listAfter(place);
    // What came since is not of the catch-up; what is older than all that the bell holds is a page further down.
    const came = listed.filter((item) => compareIds(placeOf(item), newest) <= 0);
    const lost = came.filter((item) => compareIds(placeOf(item), oldest) >= 0 && !ids.has(item.id));
    const plenty = listed.length === mostPages * 100;
    return `${plenty ? 'More than ' : ''}${came.length} came meanwhile: ${lost.length} lost, ${held.length - ids.size} doubled.`;
  }

  private say(label: string, text: string): void {
    setText(this.button, label);
    setText(this.output, text);
    this.output.hidden = text === '';
  }
}

async function listAfter(place: string): Promise<Notification[]> {
  const listed: Notification[] = [];
  let after: string | null = place;
  for (let page = 0; page < mostPages && after !== null; page += 1) {
    const next: Page | undefined = await ask<Page>('GET', `/v1/notifications?limit=100&after=${after}`);
    listed.push(...(next?.data ?? []));
    after = next?.pageInfo.hasMore ? next.pageInfo.after : null;
  }
  return listed;
}
