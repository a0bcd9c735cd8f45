// Takes the README's picture, docs/bell.png, of the real sample in the browser of the tests.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync(process.execPath, [join(root, 'scripts/test.mjs'), 'test/browser/looks', '-t', 'picture'], {
  cwd: root,
  env: { ...process.env, BELFRY_TEST_SCREENSHOT: join(root, 'docs/bell.png') },
  stdio: 'inherit',
});
process.exit(status ?? 1);
