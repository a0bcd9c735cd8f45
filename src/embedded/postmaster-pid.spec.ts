import { describe, expect, it } from '@jest/globals';
import { parsePostmasterFile } from './postmaster-pid.js';

describe('postmaster.pid', () => {
  it('names the process, its folder, port and state', () => {
    const text = '4711\n/srv/data\n1764014400\n15432\n\n127.0.0.1\n  5432001  65536\nready   \n';
    expect(parsePostmasterFile(text)).toEqual({ pid: 4711, dataDirectory: '/srv/data', port: 15432, status: 'ready' });
  });

  it('names a single-user backend by a negative pid', () => {
    expect(parsePostmasterFile('-4711\n/srv/data\n')).toMatchObject({ pid: 4711 });
  });

  it.each(['', 'abc\n', '\n\n'])('says nothing when it is %j', (text) => {
    expect(parsePostmasterFile(text)).toBeUndefined();
  });
});
