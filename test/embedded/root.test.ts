import { chmod, chown, cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { chooseAccount } from '../../src/embedded/account.js';
import { findBinaries } from '../../src/embedded/binaries.js';
import { usableBinaries } from '../../src/embedded/place.js';
import { withClient } from '../support/cluster.js';
import { buildChild, kill, removeChild, serve } from './processes.js';

const NOBODY = { uid: 65534, gid: 65534 };

(process.getuid?.() === 0 ? describe : describe.skip)('the embedded PostgreSQL, started by root', () => {
  let folder: string;
  beforeAll(buildChild);
  afterAll(removeChild);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'belfry-root-'));
    await chmod(folder, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('runs as another user, and its data are that user’s alone', async () => {
    const child = serve(join(folder, 'data'));
    await child.served;
    const { uid, mode } = await stat(join(folder, 'data/postgres'));
    await kill(child, 'SIGTERM');
    expect(uid).not.toBe(0);
    expect(mode & 0o777).toBe(0o700);
  });

  it('keeps its data elsewhere when that user cannot get at the folder, and finds them again', async () => {
    await chmod(folder, 0o700);
    const first = serve(join(folder, 'data'));
    const { url } = await first.served;
    const cluster = await withClient(url, async (client) => {
      await client.query('create table kept ()');
      return (await client.query<{ data_directory: string }>('show data_directory')).rows[0]?.data_directory ?? '';
    });
    expect(cluster.startsWith(folder)).toBe(false);
    expect(first.log.join()).toMatch(/the user \w+ cannot enter it/);
    await kill(first, 'SIGTERM');
    const second = serve(join(folder, 'data'));
    await withClient((await second.served).url, (client) => client.query('select from kept'));
    await kill(second, 'SIGTERM');
    await rm(join(cluster, '..'), { recursive: true });
  });

  it('runs a copy of the programs when that user cannot get at the installed ones', async () => {
    const installed = await findBinaries();
    const hidden = join(folder, 'hidden');
    await mkdir(hidden, { mode: 0o700 });
    const unreachable = { ...installed, home: join(hidden, 'native') };
    await cp(installed.home, unreachable.home, { recursive: true, verbatimSymlinks: true });
    const account = chooseAccount('/nowhere');
    const said: string[] = [];
    const log = (line: string): number => said.push(line);
    const copy = await usableBinaries(unreachable, folder, account, log);
    expect(copy.home.startsWith(hidden)).toBe(false);
    // The copy is made once.
    expect(await usableBinaries(unreachable, folder, account, log)).toEqual(copy);
    expect(said).toHaveLength(1);
  });

  it('serves the data of an ordinary user, as that user, who can go on with them', async () => {
    const data = join(folder, 'data');
    await chown(folder, NOBODY.uid, NOBODY.gid);
    for (const user of [NOBODY, {}, NOBODY]) {
      const child = serve(data, user);
      expect(await child.served).toMatchObject({ adopted: false });
      await kill(child, 'SIGTERM');
      expect((await stat(join(data, 'postgres'))).uid).toBe(NOBODY.uid);
    }
  });

  it('is told apart by an ordinary user who may not use it', async () => {
    const data = join(folder, 'data');
    const owner = serve(data);
    await owner.served;
    const other = serve(data, NOBODY);
    await expect(other.served).rejects.toThrow(/cannot keep the database in .*no permission.*BELFRY_DATA_DIR/);
    await kill(owner, 'SIGTERM');
  });
});
