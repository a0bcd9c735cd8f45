import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../random.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

/** Past the 13 s at most within which a listener finds out; shorter, it never does. */
const SILENCES_MS = [500, 2_000, 5_000, 15_000];

/** One server's connections of a purpose fall silent, without a word of their end, and speak again. */
async function silence({ members }: Stage, chance: Chance, purpose: RegExp): Promise<void> {
  const { proxy } = chance.pick(members);
  proxy.fallSilent((name) => purpose.test(name));
  await sleep(chance.pick(SILENCES_MS) * (0.5 + chance.next() / 2));
  proxy.speak();
}

/** What happens between a server and its database, and between a server and its readers. */
export const NETWORK_FAULTS = {
  'a listener hears nothing': { part: 'network', happen: (stage, chance) => silence(stage, chance, /listen/) },
  'a relay hears nothing': { part: 'network', happen: (stage, chance) => silence(stage, chance, /relay/) },
  'a server is cut off from the database': { part: 'network', happen: (stage, chance) => silence(stage, chance, /./) },
  'notifications are lost': {
    part: 'network',
    async happen({ members }, chance) {
      for (const { proxy } of members) proxy.swallow('belfry_changes', 'belfry_journal');
      await sleep(chance.between(1_000, 4_000));
      for (const { proxy } of members) proxy.swallow();
    },
  },
  'every reader is cut off': {
    part: 'readers',
    async happen({ readers }) {
      for (const reader of readers) reader.drop();
      await Promise.resolve();
    },
  },
} satisfies Record<string, Fault>;
