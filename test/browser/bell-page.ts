import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import type { Office } from './office.js';

/** A browser's tab with the back office, and the bell in it. */
export class BellPage {
  readonly bell: Locator;
  readonly button: Locator;
  readonly badge: Locator;
  readonly dot: Locator;
  readonly panel: Locator;
  readonly rows: Locator;
  readonly toast: Locator;
  readonly voice: Locator;
  /** Errors of scripts, and what the page's security policy refused. */
  readonly faults: string[] = [];
  /** What the page said and asked in vain, for whoever has to find out why a test failed. */
  private readonly log: string[] = [];

  private constructor(readonly page: Page) {
    this.bell = page.locator('belfry-bell');
    this.button = this.bell.locator('[part=button]');
    this.badge = this.bell.locator('[part=badge]');
    this.dot = this.bell.locator('[part=dot]');
    this.panel = this.bell.locator('[part=panel]');
    this.rows = this.bell.locator('.row');
    this.toast = this.bell.locator('[part=toast]');
    this.voice = this.bell.locator('[aria-live=polite]');
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('requestfailed', (request) => this.log.push(`${request.url()}: ${request.failure()?.errorText ?? ''}`));
    page.on('console', (message) => {
      this.log.push(message.text());
      if (message.text().includes('Content Security Policy')) this.faults.push(message.text());
    });
  }

  /** Signs in, in a browser profile of one's own, and waits until the bell is live. */
  static async signIn(browser: Browser, office: Pick<Office, 'url'>, user: string): Promise<BellPage> {
    const context = await browser.newContext();
    await context.request.post(`${office.url}/sample/sign-in`, { data: { user }, headers: { origin: office.url } });
    return BellPage.open(context, office);
  }

  /** One more tab of a profile that is signed in. */
  static async open(context: BrowserContext, office: Pick<Office, 'url'>): Promise<BellPage> {
    const tab = new BellPage(await context.newPage());
    await tab.page.addInitScript(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      document.addEventListener('belfry-notification', (event) => heard.push((event as CustomEvent<{ title: string }>).detail.title));
    });
    await tab.page.goto(office.url);
    await tab.becomes('live');
    return tab;
  }

  async becomes(status: string): Promise<void> {
    try {
      await this.bell.locator(`[part=button].${status}`).waitFor({ timeout: 20_000 });
    } catch (error) {
      const state = await this.button.getAttribute('class', { timeout: 1000 }).catch(() => 'not there');
      throw new Error(`the bell is ${state}, not ${status}, after 20 s; the page said:\n${this.log.join('\n')}`, { cause: error });
    }
  }

  /** The unread number as shown: '' while there is none. */
  async unread(): Promise<string> {
    return (await this.badge.isVisible()) ? ((await this.badge.textContent()) ?? '') : '';
  }

  async titles(): Promise<string[]> {
    return this.rows.locator('[part=title]').allTextContents();
  }

  /** Titles of what was told as news, in order. */
  async heard(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  }

  async open(): Promise<void> {
    await this.button.click();
    await this.panel.waitFor();
  }

  /** Part, else tag name, of what has the focus, within the bell or without. */
  async focused(): Promise<string> {
    return this.page.evaluate(() => {
      const host = document.activeElement;
      const inner = host?.shadowRoot?.activeElement ?? host;
      return inner?.getAttribute('part') ?? inner?.tagName ?? '';
    });
  }
}

/** Waits until a reading is what it is to be; after 10 s it fails with what it was instead. */
export async function eventually<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    const found = await read();
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    if (Date.now() > until) throw new Error(`waited 10 s for ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
    await sleep(30);
  }
}
