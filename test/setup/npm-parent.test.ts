import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { isAlive } from '../../src/embedded/process-identity.js';

const script = fileURLToPath(new URL('../../scripts/npm-parent.mjs', import.meta.url));

/** A server as npm runs it: npm, its shell, and Node, which says its pid and what signal it got. */
async function startLikeNpm(shell: string, env: NodeJS.ProcessEnv): Promise<{ npm: ReturnType<typeof spawn>; pid: number; lines: string[]; allRead: Promise<unknown> }> {
  const server = `
    process.on('SIGTERM', () => { console.log('SIGTERM'); process.exit(0); });
    setInterval(() => {}, 1000);
    (await import(${JSON.stringify(script)})).endWithNpm();
    console.log(process.pid);`;
  const npm = spawn(
    process.execPath,
    ['-e', `require('child_process').spawn('sh', ['-c', process.env.SHELL_LINE], { stdio: 'inherit' }); setInterval(() => {}, 1000);`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env, SERVER: server, NODE: process.execPath, SHELL_LINE: shell },
    },
  );
  const lines: string[] = [];
  const reader = createInterface(npm.stdout).on('line', (line) => lines.push(line));
  const allRead = once(reader, 'close');
  await once(reader, 'line');
  return { npm, pid: Number(lines[0]), lines, allRead };
}

const ended = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
};

const STAYS = '"$NODE" --input-type=module -e "$SERVER"; true';
const GIVES_WAY = 'exec "$NODE" --input-type=module -e "$SERVER"';

(process.platform === 'linux' ? describe : describe.skip)('a server whose npm is killed', () => {
  it.each([['stays', STAYS], ['gives way', GIVES_WAY]])('ends cleanly, when the shell %s', async (_, shell) => {
    const { npm, pid, lines, allRead } = await startLikeNpm(shell, { npm_lifecycle_event: 'start' });
    npm.kill('SIGKILL');
    await ended(pid);
    await allRead;
    expect(lines).toEqual([String(pid), 'SIGTERM']);
  });

  it('stays when it was not started by npm', async () => {
    const { npm, pid, lines } = await startLikeNpm(GIVES_WAY, { npm_lifecycle_event: undefined });
    npm.kill('SIGKILL');
    await once(npm, 'exit');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await ended(pid);
    expect(lines).toHaveLength(1);
  });
});
