import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { choosePort, isFree } from './port.js';

const NONE: ReadonlySet<number> = new Set();

describe('the port of an embedded server', () => {
  it('is the same for a folder, and not where the next folder looks first', async () => {
    const port = await choosePort('/srv/one', undefined, NONE);
    expect(await choosePort('/srv/one', undefined, NONE)).toBe(port);
    expect(await choosePort('/srv/other', undefined, NONE)).not.toBe(port);
  });

  it('is the one used before, unless somebody has it or it has just failed', async () => {
    const before = await choosePort('/srv/before', undefined, NONE);
    expect(await choosePort('/srv/one', before, NONE)).toBe(before);
    expect(await choosePort('/srv/one', before, new Set([before]))).not.toBe(before);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(before, '127.0.0.1', resolve));
    try {
      expect(await isFree(before)).toBe(false);
      expect(await choosePort('/srv/one', before, NONE)).not.toBe(before);
      expect(await choosePort('/srv/before', undefined, NONE)).not.toBe(before);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
