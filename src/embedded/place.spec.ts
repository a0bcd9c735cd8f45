import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canReach, isShellSafe } from './place.js';

const READ = 4;
const stranger = { name: 'stranger', uid: 54321, gid: 54321 };

describe('what another user can reach', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belfry-place-'));
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'inner'), { mode: 0o755 });
    await writeFile(join(folder, 'inner', 'file'), '', { mode: 0o644 });
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is what every folder on the way lets pass', async () => {
    const file = join(folder, 'inner', 'file');
    expect(canReach(file, READ, stranger)).toBe(true);
    await chmod(folder, 0o700);
    expect(canReach(file, READ, stranger)).toBe(false);
    await chmod(folder, 0o711);
    expect(canReach(file, READ, stranger)).toBe(true);
    await chmod(file, 0o600);
    expect(canReach(file, READ, stranger)).toBe(false);
  });

  (process.getuid?.() === 0 ? it : it.skip)('goes by owner, then group, then others', async () => {
    const file = join(folder, 'inner', 'file');
    await chown(file, stranger.uid, 0);
    await chmod(file, 0o044);
    expect(canReach(file, READ, stranger)).toBe(false);
    await chown(file, 0, stranger.gid);
    await chmod(file, 0o040);
    expect(canReach(file, READ, stranger)).toBe(true);
  });
});

describe('a path that goes through a shell unharmed', () => {
  it.each(['/srv/my shop/.belfry', '/home/jürgen/a-b_c.d', '/tmp/a,b:c@d%e+f=g~h'])('%s', (path) =>
    expect(isShellSafe(path)).toBe(true));
  it.each(['/srv/$HOME', '/srv/"x"', "/srv/it's", '/srv/`id`', '/srv/a\\b', '/srv/a\nb', '/srv/a;b'])('not %j', (path) =>
    expect(isShellSafe(path)).toBe(process.platform === 'win32'));
});
