import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Binaries } from './binaries.js';
import { openCluster, prepareFolder } from './cluster.js';
import { connectionString, ensureDatabase } from './connection.js';
import { explainFolder } from './failures.js';
import { bringDown, bringUp } from './server.js';
import type { Settings } from './settings.js';
import { Sharers } from './sharers.js';
import { withLock } from './start-lock.js';

/** Milliseconds to wait for another process that starts or stops the same server. */
const LOCK_TIMEOUT = 120_000;

export interface EmbeddedPostgresOptions {
  /** Folder for the cluster, its log and the notes on who uses it; created when missing. */
  dataDir: string;
  /** Told in one line each what takes time or is out of the ordinary. */
  log: (line: string) => void;
  /** PostgreSQL settings on top of Belfry's own (settings.ts); only a server that is started here gets them. */
  settings?: Settings;
  /** Other programs than those that npm installed. */
  binaries?: Binaries;
}

export interface EmbeddedPostgres {
  /** Connection string for psql and the like: loopback, with the password. The same across starts. */
  url: string;
  /** PostgreSQL's version, `18.4`. */
  version: string;
  /** The server ran already: another process uses it too, or the last one was killed. */
  adopted: boolean;
  /** Stops the server unless another process uses it. Calling it again does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with the npm packages, or joins the one that runs on this data folder.
 *
 * The server is no part of the process group of Belfry: Ctrl-C does not reach it, and `kill -9` of Belfry leaves it
 * running for the next start to adopt. The last process to stop takes it along.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const wanted = resolve(options.dataDir);
  try {
    return await startIn(await prepareFolder(wanted), options);
  } catch (error) {
    throw explainFolder(wanted, error);
  }
}

async function startIn(dataDir: string, options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, settings = {}, binaries } = options;
  const sharers = new Sharers(join(dataDir, 'processes'), randomUUID());
  const lock = join(dataDir, 'lock');
  const onWait = (pid: number): void => log(`waiting for process ${pid}, which starts or stops the same database`);

  const { cluster, running } = await withLock(lock, { timeout: LOCK_TIMEOUT, onWait }, async () => {
    const opened = await openCluster(dataDir, log, settings.fsync !== 'off', binaries);
    await sharers.join();
    try {
      const server = await bringUp(opened, settings, log);
      await ensureDatabase(server.port, opened.access.password);
      return { cluster: opened, running: server };
    } catch (error) {
      await sharers.leave();
      throw error;
    }
  });

  let stopping: Promise<void> | undefined;
  return {
    url: connectionString(running.port, cluster.access.password),
    version: running.version,
    adopted: running.adopted,
    stop: () =>
      (stopping ??= withLock(lock, { timeout: LOCK_TIMEOUT, onWait }, async () => {
        if ((await sharers.leave()) === 0) await bringDown(cluster);
      })),
  };
}
