import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../random.js';
import { type Fault, revive } from './fault.js';

const downFor = (chance: Chance): Promise<void> => sleep(chance.between(0, 2_500));

/** What happens to Belfry's own processes. */
export const PROCESS_FAULTS = {
  'a server is killed': {
    part: 'processes',
    async happen({ members }, chance) {
      const member = chance.pick(members);
      await member.server.kill('SIGKILL');
      await downFor(chance);
      await revive(member);
    },
  },
  'a server is restarted politely': {
    part: 'processes',
    async happen({ members }, chance) {
      const member = chance.pick(members);
      await member.server.kill('SIGTERM');
      await revive(member);
    },
  },
  'a server is stopped and goes on': {
    part: 'processes',
    async happen({ members }, chance) {
      const { server } = chance.pick(members);
      server.signal('SIGSTOP');
      await sleep(chance.between(200, 6_000));
      server.signal('SIGCONT');
    },
  },
  'all servers are killed': {
    part: 'processes',
    async happen({ members }, chance) {
      await Promise.all(members.map(({ server }) => server.kill('SIGKILL')));
      await downFor(chance);
      await Promise.all(members.map(revive));
    },
  },
  'servers are replaced one by one': {
    part: 'processes',
    async happen({ members }) {
      for (const member of members) {
        await member.server.kill('SIGTERM');
        await revive(member);
      }
    },
  },
  'the clock of a server jumps': {
    part: 'processes',
    async happen({ members }, chance) {
      for (let times = chance.between(1, 3); times > 0; times--) {
        chance.pick(members).server.signal('SIGUSR2');
        await sleep(chance.between(0, 800));
      }
    },
  },
} satisfies Record<string, Fault>;
