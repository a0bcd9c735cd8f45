import { describe, expect, it } from '@jest/globals';
import { chromium } from 'playwright-core';
import { prepareBrowser } from './browser.js';

describe('prepareBrowser', () => {
  it('gives a browser that opens a page, to several who ask at once', async () => {
    const [one, other] = await Promise.all([prepareBrowser(), prepareBrowser()]);
    expect(one).toEqual(other);
    if (!one) return;
    const browser = await chromium.launch(one);
    try {
      const page = await browser.newPage();
      await page.setContent('<title>The bell</title>');
      expect(await page.title()).toBe('The bell');
    } finally {
      await browser.close();
    }
  });
});
