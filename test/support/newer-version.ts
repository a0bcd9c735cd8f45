import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The newer version's own migration, last of all. */
export const NEWER_MIGRATION = '29991231000000_newer';

/** A build of Belfry that has one migration more: the version to come. */
export class NewerVersion {
  private constructor(private readonly folder: string) {}

  static async make(sql: string): Promise<NewerVersion> {
    const folder = await mkdtemp(join(tmpdir(), 'belfry-newer-'));
    for (const part of ['dist', 'prisma', 'package.json']) await cp(join(root, part), join(folder, part), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const migration = join(folder, 'prisma/migrations', NEWER_MIGRATION);
    await mkdir(migration);
    await writeFile(join(migration, 'migration.sql'), sql);
    return new NewerVersion(folder);
  }

  get main(): string {
    return join(this.folder, 'dist/main.js');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
