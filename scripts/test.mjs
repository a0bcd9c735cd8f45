// `npm test`: sets up what is missing and runs the tests; arguments go on to Jest (`npm test -- test/stream`).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

await setUp();

// A database or settings of the developer's own must not get into the tests.
const OWN = /^(DATABASE_URL|PORT|HOST|LOG_LEVEL|NODE_ENV|NODE_OPTIONS|PG[A-Z]+|BELFRY_(?!TEST_).*)$/;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name)));

const child = spawn(
  process.execPath,
  [
    // Jest loads ES modules through an interface of Node's that calls itself experimental, in every worker anew.
    '--experimental-vm-modules', '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'), ...process.argv.slice(2),
  ],
  { cwd: root, env, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
});
