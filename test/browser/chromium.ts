import { chromium, type Browser } from 'playwright-core';
import { prepareBrowser } from '../support/browser.js';

/** Of the packaged browser's own arguments: made for a lambda, or lifting what pages are otherwise held to. */
const unwanted = new Set(['--single-process', '--disable-web-security', '--allow-running-insecure-content']);

/** A real browser; undefined, after that was said, where there is none. */
export async function launchBrowser(root?: string): Promise<Browser | undefined> {
  const prepared = await prepareBrowser(root);
  return prepared && chromium.launch({ ...prepared, args: prepared.args.filter((arg) => !unwanted.has(arg)) });
}
