import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApp } from '../support/app.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Commands that something else runs, each with what: a test can't run the tests, or wait for a soak. */
const RUN_ELSEWHERE: [RegExp, string][] = [
  [/^npm test$/, '.ci/run'],
  [/^npm run (lint|types)$/, '.ci/run'],
  [/^npm start$/, 'test/start/start.test.ts'],
  [/^DATABASE_URL=.*npm start$/, 'test/support/server.ts'],
  [/^npx belfry /, 'test/cli/commands.test.ts'],
  [/^npm run bench\b/, 'scripts/bench.mjs'],
  [/^npm run soak\b/, 'scripts/soak.mjs'],
  [/^npm run versions$/, 'scripts/versions.mjs'],
  [/docker compose up$/, 'docker-compose.yml'],
];

interface Block {
  file: string;
  commands: string[];
}

async function blocks(): Promise<Block[]> {
  const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'));
  const files = ['README.md', 'bench/README.md', ...docs.map((name) => join('docs', name))];
  const found: Block[] = [];
  for (const file of files) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, indent = '', body = ''] of text.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)) {
      const lines = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replaceAll(/ *\\\n/g, ' ');
      const commands = lines.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
      found.push({ file, commands });
    }
  }
  return found;
}

const elsewhere = (command: string): string | undefined => RUN_ELSEWHERE.find(([pattern]) => pattern.test(command))?.[1];

describe('every command in the documents', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ sample: true });
  });
  afterAll(async () => {
    await app.close();
  });

  it('is run here, or by what is named for it', async () => {
    const all = await blocks();
    expect(all.length).toBeGreaterThan(5);
    for (const place of new Set(all.flatMap(({ commands }) => commands.map(elsewhere)))) {
      if (place !== undefined) expect({ place, exists: existsSync(join(root, place)) }).toEqual({ place, exists: true });
    }
    const here = all.map(({ file, commands }) => ({ file, commands: commands.filter((command) => elsewhere(command) === undefined) }));
    const script = here.filter(({ commands }) => commands.length > 0);
    expect(script.map(({ file }) => file)).toContain('README.md');
    for (const { file, commands } of script) {
      for (const command of commands) expect({ file, command }).toMatchObject({ command: expect.stringMatching(/^(TOKEN=\$\()?curl /) });
    }
    const lines = script.flatMap(({ commands }) => commands).map((command) =>
      // A stream has no end of its own: three seconds of it do.
      command.replaceAll('http://127.0.0.1:3000', app.url).replace(/^curl -N (.*)$/, '{ curl -N -m 3 $1 || [ $? = 28 ]; }').replaceAll('curl -s', 'curl -sf'),
    );
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines.join('\n')]);
    expect(stdout).toContain('event: ready');
    expect(stdout).toContain('"pageInfo"');
    expect(stdout).toContain('"bySeverity"');
  });
});
