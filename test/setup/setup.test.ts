import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ABOUT, Checkout } from './checkout.js';

describe('setting up a checkout', () => {
  let checkout: Checkout;
  beforeEach(async () => (checkout = await Checkout.create()));
  afterEach(() => checkout.remove());

  const begun = async (times: number): Promise<void> => {
    while ((await checkout.times('begun')) < times) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it('installs and builds the first time, and does nothing the second', async () => {
    expect(await checkout.setUp({ NODE_ENV: 'production', npm_config_omit: 'dev' })).toEqual({
      code: 0,
      output: 'belfry: installing dependencies (npm ci, about a minute)\nbelfry: building\n',
    });
    expect(await checkout.setUp()).toEqual({ code: 0, output: '' });
    expect(await checkout.times('built')).toBe(1);
  });

  it('builds again when a source changed, and installs again when node_modules has gone', async () => {
    await checkout.setUp();
    await checkout.write('src/main.ts', 'second');
    expect((await checkout.setUp()).output).toBe('belfry: building\n');
    await checkout.write('src/main.spec.ts', 'a test is no part of the build');
    expect((await checkout.setUp()).output).toBe('');
    await rm(join(checkout.path, 'node_modules'), { recursive: true });
    expect((await checkout.setUp()).output).toMatch(/installing/);
    expect(await checkout.times('built')).toBe(2);
  });

  it('takes what somebody installed by hand', async () => {
    await checkout.setUp();
    await rm(join(checkout.path, 'node_modules/.belfry-installed'));
    expect(await checkout.setUp()).toEqual({ code: 0, output: '' });
  });

  it('happens once when two start at once', async () => {
    await checkout.build('await new Promise((resolve) => setTimeout(resolve, 500));');
    const runs = await Promise.all([checkout.setUp(), checkout.setUp(), checkout.setUp()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.filter(({ output }) => output.includes('waiting for process'))).toHaveLength(2);
    expect(await checkout.times('built')).toBe(1);
  });

  it('is done anew when it was killed, after what it left running has ended', async () => {
    await checkout.build('if (process.env.SLOW) await new Promise((resolve) => setTimeout(resolve, 1500));');
    const { process: killed, run } = checkout.start({ SLOW: '1' });
    await begun(1);
    killed.kill('SIGKILL');
    await run;
    const next = await checkout.setUp();
    expect(next.code).toBe(0);
    expect(next.output).toMatch(/waiting for process.*\nbelfry: building/s);
    expect(await checkout.times('built')).toBe(2);
  });

  it('takes its build along when it is asked to end', async () => {
    await checkout.build('await new Promise((resolve) => setTimeout(resolve, 2_000));');
    const { process: asked, run } = checkout.start();
    await begun(1);
    asked.kill('SIGTERM');
    expect((await run).code).toBe(143);
    // The next one begins anew, alone: had the first build gone on, it would have been done by then.
    expect((await checkout.setUp()).code).toBe(0);
    expect(await checkout.times('built')).toBe(1);
  });

  it('shows what a failing build said, and does not take it for done', async () => {
    await checkout.build(`console.log('src/main.ts(1,1): error'); process.exit(1);`);
    const { code, output } = await checkout.setUp();
    expect(code).toBe(1);
    expect(output).toMatch(/src\/main\.ts\(1,1\): error[^]*belfry: .*build failed \(1\); what it said is above/);
    await checkout.build('');
    expect((await checkout.setUp()).code).toBe(0);
  });

  it('names the Node that is too old', async () => {
    await checkout.write('package.json', JSON.stringify({ ...ABOUT, engines: { node: '>=99.1' } }));
    const { code, output } = await checkout.setUp();
    expect(code).toBe(1);
    expect(output).toBe(`belfry: Node ${process.versions.node} runs this, and Belfry needs 99.1 or newer: see https://nodejs.org\n`);
  });
});
