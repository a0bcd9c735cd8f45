import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatIdentity, identify, isSameProcess, parseIdentity } from './process-identity.js';

/**
 * The processes that use one embedded server, a file each below `directory`. One that was killed leaves its file, and
 * is not counted. To be used under the lock of the data folder.
 */
export class Sharers {
  readonly #directory: string;
  readonly #own: string;

  /** `use` tells apart several uses by one process. */
  constructor(directory: string, use: string) {
    this.#directory = directory;
    this.#own = join(directory, `${process.pid}-${use}`);
  }

  async join(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await writeFile(this.#own, formatIdentity(identify(process.pid)));
  }

  /** Leaves, and gives the number of those who stay. */
  async leave(): Promise<number> {
    await rm(this.#own, { force: true });
    let staying = 0;
    for (const name of await readdir(this.#directory)) {
      const file = join(this.#directory, name);
      const identity = parseIdentity(await readFile(file, 'utf8'));
      if (identity && isSameProcess(identity)) staying += 1;
      else await rm(file, { force: true });
    }
    return staying;
  }
}
