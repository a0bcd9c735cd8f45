/** What keeps the embedded PostgreSQL from running, in words for whoever starts Belfry: found, expected, what to do. */
export class EmbeddedPostgresError extends Error {}

/** What PostgreSQL's programs say when they fail, and what can be done about it. */
const ADVICE: [pattern: RegExp, advice: string][] = [
  [/No space left on device/i, 'The disk is full: make room, or set BELFRY_DATA_DIR to a folder on another one.'],
  [/Read-only file system/i, 'The file system is read-only: set BELFRY_DATA_DIR to a folder that can be written to.'],
  [/Permission denied/i, 'The folder belongs to somebody else: start as its owner, or set BELFRY_DATA_DIR to another.'],
  [/could not look up effective user ID/i, 'This user id has no line in /etc/passwd, and initdb insists on one: add it.'],
  [/could not (create|resize|open) shared memory/i, 'Shared memory is short (in a container: --shm-size=256m).'],
  [/invalid data in file|could not locate a valid checkpoint|incorrect checksum/i,
    'The database files are damaged: restore a copy, or move the folder away to begin with an empty database.'],
];

/** An error that shows the last lines a program said, and what to do where that is known. */
export function explain(what: string, output: string): Error {
  const said = output.split('\n').filter((line) => line.trim() !== '').slice(-8).join('\n  ');
  const advice = ADVICE.find(([pattern]) => pattern.test(output))?.[1];
  return new EmbeddedPostgresError([`${what}:`, `  ${said || '(it said nothing)'}`, ...(advice ? [advice] : [])].join('\n'));
}

/** The port is another program's, found out only when PostgreSQL tried to bind it. */
export function isPortTaken(output: string): boolean {
  return /could not bind|Address already in use/i.test(output);
}

/** Server processes of a postmaster that was killed are still on their way out. */
export function isStillLeaving(output: string): boolean {
  return /pre-existing shared memory block|is still in use|lock file "postmaster\.pid" already exists/i.test(output);
}

/** An error for a data folder that can't be used, named before PostgreSQL's programs stumble over it. */
export function explainFolder(folder: string, error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = {
    EACCES: 'no permission', EPERM: 'no permission', EROFS: 'the file system is read-only', ENOSPC: 'the disk is full',
    ENOTDIR: 'part of the path is not a folder', EEXIST: 'there is a file of that name',
  }[code ?? ''];
  if (reason === undefined) return error;
  const where = path === undefined || path === folder ? '' : ` (at ${path})`;
  return new EmbeddedPostgresError(
    `cannot keep the database in ${folder}: ${reason}${where}. ` +
      'Start Belfry as the user that owns it, or set BELFRY_DATA_DIR to a folder that this user can write to.',
    { cause: error },
  );
}
