import { existsSync, readFileSync, statSync } from 'node:fs';
import { EmbeddedPostgresError } from './failures.js';

/** The system user that PostgreSQL runs as. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. Whoever is root hands it to the owner of the existing cluster, else to
 * `postgres`, else to `nobody`; no user is created. Anybody else runs it themselves: undefined.
 */
export function chooseAccount(cluster: string, passwd = readPasswd()): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster);
    if (uid !== 0) return { name: passwd.find((account) => account.uid === uid)?.name ?? `user ${uid}`, uid, gid };
  }
  const account = ['postgres', 'nobody']
    .map((name) => passwd.find((candidate) => candidate.name === name && candidate.uid !== 0))
    .find((candidate) => candidate !== undefined);
  if (!account) {
    throw new EmbeddedPostgresError(
      'Belfry runs as root and PostgreSQL must not, but there is neither a user postgres nor a user nobody to hand it ' +
        'to. Start Belfry as an ordinary user, or create one: useradd --system postgres',
    );
  }
  return account;
}

/** The lines of passwd(5) that are whole. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([^:]+):[^:]*:(\d+):(\d+):/.exec(line);
    return match ? [{ name: match[1] ?? '', uid: Number(match[2]), gid: Number(match[3]) }] : [];
  });
}

function readPasswd(): Account[] {
  return existsSync('/etc/passwd') ? parsePasswd(readFileSync('/etc/passwd', 'utf8')) : [];
}
