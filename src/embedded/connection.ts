import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DATABASE, USER } from './cluster.js';
import { presetsTls } from './environment.js';

/** Milliseconds between two tries while the server starts up. */
const TRY_EVERY = 50;

/** For psql and the like. PGSSLMODE applies to connection strings that don't say otherwise, and the server speaks no TLS on the loopback. */
export function connectionString(port: number, password: string): string {
  const sslmode = presetsTls() ? '?sslmode=disable' : '';
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/${DATABASE}${sslmode}`;
}

/** A connection to the embedded server that no PG* variable of the environment can bend. */
export async function connect(port: number, password: string, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1', port, user: USER, password, database,
    ssl: false, options: '-c timezone=UTC', application_name: 'belfry start', connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** What a server answered that was asked whether it is the one of this cluster. */
export interface Answer {
  dataDirectory: string;
  version: string;
}

/** Waits for the server to accept connections and asks it who it is; `goOn` says whether waiting still makes sense. */
export async function waitForAnswer(port: number, password: string, goOn: () => Promise<boolean>): Promise<Answer> {
  for (;;) {
    try {
      const client = await connect(port, password, 'postgres');
      try {
        const { rows } = await client.query<Answer>(
          `select current_setting('data_directory') as "dataDirectory", current_setting('server_version') as "version"`,
        );
        if (rows[0]) return rows[0];
      } finally {
        await client.end();
      }
    } catch (error) {
      if (!isPassing(error) || !(await goOn())) throw error;
    }
    await sleep(TRY_EVERY);
  }
}

/** 57P03 is "starting up" or "shutting down", 53300 "too many connections"; the rest are sockets not open yet. */
function isPassing(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  if (['57P03', '57P01', '53300', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE'].includes(code ?? '')) return true;
  return /terminated unexpectedly|timeout/i.test(message);
}

/** Creates the database the first time; a start that was killed in between does it the next time. */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = await connect(port, password, 'postgres');
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}
