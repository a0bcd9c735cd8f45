import { existsSync, statSync } from 'node:fs';
import { chown, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './binaries.js';
import { type Cluster, saveAccess, writeOwned } from './cluster.js';
import { type Answer, waitForAnswer } from './connection.js';
import { EmbeddedPostgresError, explain, isPortTaken, isStillLeaving } from './failures.js';
import { choosePort } from './port.js';
import { findPostmaster } from './postmaster-pid.js';
import { run } from './run.js';
import { DEFAULT_SETTINGS, type Settings, renderSettings } from './settings.js';

/** Seconds that crash recovery may take, and that a stop may take before it is made without a checkpoint. */
const START_TIMEOUT = 600;
const STOP_TIMEOUT = 30;
/** Milliseconds within which a server that calls itself ready has to answer. */
const ANSWER_TIMEOUT = 20_000;
/** Milliseconds to wait for the orphans of a killed postmaster; they notice within a second or so. */
const LEAVING_TIMEOUT = 30_000;
/** Bytes; a log beyond this is set aside at the next start, and the one set aside before is dropped. */
const LOG_LIMIT = 10_000_000;

/** A server that accepts connections. `adopted`: it ran already. */
export interface Running extends Answer {
  port: number;
  adopted: boolean;
}

/** Adopts the server that runs on the cluster, or starts one. To be called under the lock of the data folder. */
export async function bringUp(cluster: Cluster, settings: Settings, log: (line: string) => void): Promise<Running> {
  return (await adopt(cluster, log)) ?? (await start(cluster, settings, log));
}

async function adopt(cluster: Cluster, log: (line: string) => void): Promise<Running | undefined> {
  for (;;) {
    const found = await findPostmaster(cluster.path);
    if (found.state === 'absent') return undefined;
    if (found.state === 'stale') {
      // With the pid in use PostgreSQL itself would take the file for a running server's. Its other guard, the shared
      // memory block that belongs to this folder, still keeps two servers off one cluster.
      if (found.pidInUse) await rm(join(cluster.path, 'postmaster.pid'), { force: true });
      return undefined;
    }
    const { pid, port, status } = found.file;
    const deadline = performance.now() + (status === 'ready' ? ANSWER_TIMEOUT : START_TIMEOUT * 1000);
    const isLive = async (): Promise<boolean> => (await findPostmaster(cluster.path)).state === 'live';
    const goOn = async (): Promise<boolean> => performance.now() < deadline && (await isLive());
    if (status === 'stopping') {
      log(`waiting for PostgreSQL (process ${pid}) to end`);
      while (await isLive()) await sleep(50);
      continue;
    }
    if (status === 'starting') log(`waiting for PostgreSQL (process ${pid}) to start up`);
    try {
      const answer = await waitForAnswer(port, cluster.access.password, goOn);
      if (answer.dataDirectory === cluster.path) return { ...answer, port, adopted: true };
      await rm(join(cluster.path, 'postmaster.pid'), { force: true });
    } catch (error) {
      // It ended while we were asking: look again.
      if (!(await isLive())) continue;
      throw new EmbeddedPostgresError(
        `process ${pid} serves ${cluster.path} and does not answer on port ${port} (${(error as Error).message}). ` +
          `End it (kill -QUIT ${pid}) and start again; if it is not PostgreSQL, remove postmaster.pid there.`,
        { cause: error },
      );
    }
  }
}

async function start(cluster: Cluster, settings: Settings, log: (line: string) => void): Promise<Running> {
  const { path, account, access, binaries, logFile } = cluster;
  await writeOwned(join(path, 'postgresql.conf'), renderSettings({ ...DEFAULT_SETTINGS, ...settings }), account);
  const taken = new Set<number>();
  const deadline = performance.now() + LEAVING_TIMEOUT;
  for (;;) {
    const port = await choosePort(path, access.port, taken);
    const from = await prepareLog(cluster);
    const { code, output } = await run(
      program(binaries, 'pg_ctl'),
      ['start', '--wait', `--timeout=${START_TIMEOUT}`, '--silent', `--pgdata=${path}`, `--log=${logFile}`, '-o', `-p ${port}`],
      account,
    );
    if (code === 0) {
      if (access.port !== undefined && access.port !== port) log(`port ${access.port} is taken: PostgreSQL now has ${port}`);
      if (access.port !== port) await saveAccess(cluster, { ...access, port });
      const answer = await waitForAnswer(port, access.password, () => Promise.resolve(true));
      return { ...answer, port, adopted: false };
    }
    const said = (await readFile(logFile)).subarray(from).toString('utf8');
    if (isPortTaken(said)) taken.add(port);
    else if (isStillLeaving(said) && performance.now() < deadline) await sleep(200);
    else throw explain(`PostgreSQL did not start (its log: ${logFile})`, `${output}\n${said}`);
  }
}

/** Makes sure of a log that the account can write to; gives the size it has. */
async function prepareLog({ logFile, account }: Cluster): Promise<number> {
  if (existsSync(logFile) && statSync(logFile).size > LOG_LIMIT) await rename(logFile, `${logFile}.1`);
  const file = await open(logFile, 'a', 0o600);
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
    if (account) await chown(logFile, account.uid, account.gid);
  }
}

/** Stops the server; sessions are ended, what is committed is on disk. Nothing running is fine too. */
export async function bringDown(cluster: Cluster): Promise<void> {
  if ((await findPostmaster(cluster.path)).state !== 'live') return;
  let said = '';
  for (const mode of ['fast', 'immediate']) {
    const { code, output } = await run(
      program(cluster.binaries, 'pg_ctl'),
      ['stop', '--wait', `--timeout=${STOP_TIMEOUT}`, '--silent', `--pgdata=${cluster.path}`, `--mode=${mode}`],
      cluster.account,
    );
    if (code === 0 || (await findPostmaster(cluster.path)).state !== 'live') return;
    said += `${output}\n`;
  }
  throw explain(`PostgreSQL in ${cluster.path} did not stop`, said);
}
