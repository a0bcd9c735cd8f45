// Generates the two Prisma clients. Generating needs no schema engine, yet `prisma generate` downloads one when it
// finds none; naming any existing file as the engine keeps it off the network.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const prisma = fileURLToPath(new URL('../node_modules/prisma/build/index.js', import.meta.url));

for (const schema of ['prisma/schema.prisma', 'prisma/sample/schema.prisma']) {
  const { status, stderr, error } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints', `--schema=${schema}`], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1', ...process.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) {
    // What it says of a success is said on the same channel.
    process.stderr.write(`${stderr ?? ''}${error?.message ?? ''}\n`);
    process.exit(status ?? 1);
  }
}
