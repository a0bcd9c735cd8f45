import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatIdentity, identify, isAlive, isSameProcess, parseIdentity } from './process-identity.js';

describe('a process', () => {
  it('is alive until it ends', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const identity = identify(child.pid ?? 0);
    expect(isAlive(identity.pid)).toBe(true);
    expect(isSameProcess(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(identity.pid)).toBe(false);
    expect(isSameProcess(identity)).toBe(false);
  });

  (process.platform === 'linux' ? it : it.skip)('is another one when it got the pid of a dead one', () => {
    const own = identify(process.pid);
    expect(own.startedAt).not.toBe('');
    expect(isSameProcess({ ...own, startedAt: String(Number(own.startedAt) - 1) })).toBe(false);
  });

  (process.platform === 'linux' ? it : it.skip)('is dead as a zombie, whose parent has not asked for its end', async () => {
    // The shell starts a child, and becomes a program that never waits for it; only then does the child end.
    const child = `sh -c 'until [ "$(cat /proc/$PPID/comm)" = sleep ]; do :; done'`;
    const parent = spawn('/bin/sh', ['-c', `${child} & echo $!; exec sleep 60`], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    try {
      const { readFileSync } = await import('node:fs');
      const state = (): string => readFileSync(`/proc/${zombie}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
      while (state() !== 'Z') await new Promise(setImmediate);
      expect(isAlive(zombie)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it.each([0, -1, 1.5, Number.NaN])('does not have the pid %p', (pid) => expect(isAlive(pid)).toBe(false));
});

describe('an identity in a file', () => {
  it('comes back as it was written, and never out of a part of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_194_304 }), fc.nat().map(String), fc.nat(20), (pid, startedAt, cut) => {
        const text = formatIdentity({ pid, startedAt });
        expect(parseIdentity(text)).toEqual({ pid, startedAt });
        expect(parseIdentity(text.slice(0, Math.min(cut, text.length - 1)))).toBeUndefined();
      }),
    );
  });
});
