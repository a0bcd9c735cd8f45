import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { BellPage } from './bell-page.js';
import { launchBrowser } from './chromium.js';
import { openOffice, type Office } from './office.js';

/** What a test of a suite has at hand. */
export interface Bench {
  office: () => Office;
  browser: () => Browser;
  /** Signs in, in a browser profile of its own, and waits until the bell is live. */
  signIn: (user: string) => Promise<BellPage>;
}

const browser = await launchBrowser();

/** A suite with an office and a browser of its own; profiles end with the test. Skipped where there is no browser. */
export function describeInBrowser(name: string, tests: (bench: Bench) => void): void {
  const block = browser ? describe : describe.skip;
  block(name, () => {
    let office: Office | undefined;
    const given = <T>(thing: T | undefined): T => {
      if (thing === undefined) throw new Error('not started');
      return thing;
    };
    beforeAll(async () => {
      office = await openOffice();
    });
    afterEach(async () => {
      office?.wire.mend();
      for (const context of browser?.contexts() ?? []) await context.close();
    });
    afterAll(async () => {
      await browser?.close();
      await office?.close();
    });
    tests({
      office: () => given(office),
      browser: () => given(browser),
      signIn: (user) => BellPage.signIn(given(browser), given(office), user),
    });
  });
}
