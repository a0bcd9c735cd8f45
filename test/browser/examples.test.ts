import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build, type Plugin } from 'esbuild';
import type { Page } from 'playwright-core';
import { compileScript, parse } from 'vue/compiler-sfc';
import { TestApp } from '../support/app.js';
import { eventually } from './bell-page.js';
import { launchBrowser } from './chromium.js';
import { buildClient, root } from './office.js';

const examples = join(root, 'examples');

/** What every Vue project has in its build: a component as a module. */
const vueComponents: Plugin = {
  name: 'vue',
  setup(with_) {
    with_.onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor } = parse(await readFile(path, 'utf8'), { filename: path });
      const isCustomElement = (tag: string): boolean => tag.startsWith('belfry-');
      const templateOptions = { compilerOptions: { isCustomElement } };
      return { contents: compileScript(descriptor, { id: 'example', inlineTemplate: true, templateOptions }).content };
    });
  },
};

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(examples, entry)], bundle: true, write: false, format: 'esm', jsx: 'automatic', plugins: [vueComponents],
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  });
  return outputFiles[0]?.text ?? '';
}

const browser = await launchBrowser();
const inBrowser = browser ? describe : describe.skip;

inBrowser('the examples', () => {
  let app: TestApp;
  let pages: Server;
  let origin: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    await buildClient();
    const scripts: Record<string, string> = { react: await bundle('react/main.jsx'), vue: await bundle('vue/main.js') };
    pages = createServer((request, response) => {
      const [, example = ''] = (request.url ?? '').split('/');
      if (extname(request.url ?? '') === '.js') response.setHeader('content-type', 'text/javascript').end(scripts[example]);
      else {
        void readFile(join(examples, example, 'index.html'), 'utf8').then((page) => {
          response.setHeader('content-type', 'text/html').end(page.replaceAll('http://localhost:3000', app.url));
        }, () => response.writeHead(404).end());
      }
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    app = await TestApp.start({ sample: true, env: { BELFRY_CORS_ORIGINS: origin } });
  });

  afterAll(async () => {
    for (const child of children) child.kill();
    await browser?.close();
    await new Promise((resolve) => pages.close(resolve));
    await app.close();
  });

  async function open(address: string): Promise<{ page: Page; faults: string[] }> {
    const context = await browser?.newContext();
    if (!context) throw new Error('not started');
    await context.request.post(`${app.url}/sample/sign-in`, { data: { user: 'sam' } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(address);
    return { page, faults };
  }

  it.each([['html', 'Notifications'], ['react', 'Messages'], ['vue', 'Messages']])('%s: a row rings, and its event is heard', async (example, label) => {
    const { page, faults } = await open(`${origin}/${example}/`);
    await page.locator('belfry-bell [part=button].live').waitFor();
    const before = Number((await page.locator('output').textContent())?.replace('–', '0'));
    await app.business.query(`insert into tickets (subject) values ('seen in ' || $1::text)`, [example]);
    await eventually(() => page.locator('output').textContent(), String(before + 1));
    await page.getByRole('button', { name: `${label}, ${before + 1} unread` }).click();
    await page.getByRole('link', { name: `seen in ${example}` }).waitFor();
    if (example !== 'html') {
      const set = await page.locator('belfry-bell').evaluate((bell) => (bell as unknown as { preferences: object }).preferences);
      expect(set).toMatchObject({ sound: { minSeverity: 'critical' }, toast: { minSeverity: 'info' } });
    }
    expect(faults).toEqual([]);
  });

  it('take properties that were set before the script was there', async () => {
    const { page } = await open(`${origin}/html/`);
    await page.evaluate(() => {
      // Of a document without scripts, it is no bell until it is put into this one.
      const bare = new DOMParser().parseFromString('<belfry-bell></belfry-bell>', 'text/html').body.firstElementChild;
      if (bare) document.body.append(Object.assign(bare, { label: 'Early', preferences: { title: false } }));
    });
    const early = page.locator('belfry-bell').nth(1);
    await early.locator('[part=button][aria-label^=Early]').waitFor();
    expect(await early.evaluate((bell) => (bell as unknown as { preferences: object }).preferences)).toMatchObject({ title: false, sound: { minSeverity: 'none' } });
    expect(await early.getAttribute('label')).toBe('Early');
  });

  it('server-rendered: what is unread is in the page that is sent', async () => {
    await app.business.query(`insert into tickets (subject) values ('<b>sent</b> with the page')`);
    const child = spawn(process.execPath, [join(examples, 'server-rendered/server.mjs')], { env: { BELFRY_URL: app.url, PORT: '0' } });
    children.push(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { page } = await open(String(line).trim());
    await eventually(async () => {
      await page.reload();
      return page.locator('li').first().textContent();
    }, '<b>sent</b> with the page');
    expect(await page.locator('li b').count()).toBe(0);
    expect(await page.locator('belfry-bell [part=button]').count()).toBe(1);
  });
});
