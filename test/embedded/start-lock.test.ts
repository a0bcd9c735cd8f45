import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { formatIdentity, identify } from '../../src/embedded/process-identity.js';
import { withLock } from '../../src/embedded/start-lock.js';
import { buildChild, lock, removeChild } from './processes.js';

describe('the lock of a data folder', () => {
  let folder: string;
  beforeAll(buildChild);
  afterAll(removeChild);
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'belfry-lock-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('lets one in at a time, and goes on when holders are killed', async () => {
    const file = join(folder, 'trace');
    const children = Array.from({ length: 12 }, (_, n) => lock(n % 3 === 0 ? 'lock-and-die' : 'lock', join(folder, 'lock'), file));
    await Promise.all(children.map((child) => child.ended));
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.filter((line) => line.startsWith('in'))).toHaveLength(12);
    expect(lines.filter((line) => line.startsWith('out'))).toHaveLength(8);
    lines.forEach((line, at) => {
      if (line.startsWith('out')) expect(lines[at - 1]).toBe(line.replace('out', 'in'));
    });
  });

  it('lets one in at a time within a process too', async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      most.push((inside += 1));
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(folder, { timeout: 10_000 }, work)));
    expect(most).toEqual([1, 1, 1, 1, 1]);
  });

  it('is given back when the work fails, and leaves one file', async () => {
    await expect(withLock(folder, { timeout: 1_000 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(folder, { timeout: 1_000 }, () => Promise.resolve('done'))).toBe('done');
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('names the process that holds it too long', async () => {
    await writeFile(join(folder, '1'), formatIdentity(identify(process.ppid)));
    const waited: number[] = [];
    const attempt = withLock(folder, { timeout: 100, onWait: (pid) => waited.push(pid) }, () => Promise.resolve());
    await expect(attempt).rejects.toThrow(`process ${process.ppid} has held the lock`);
    expect(waited).toEqual([process.ppid]);
  });
});
