import { createInterface } from 'node:readline/promises';
import { DependentsError, removeBelfry } from '../rules/remove.js';
import { hasSchema } from '../rules/installed.js';
import type { CommandDefinition } from './command.js';
import type { SharedOptions, Target } from './context.js';
import { CommandError, EXIT } from './exit-code.js';
import { readPipeline } from './pipeline.js';

interface RemoveOptions extends SharedOptions {
  keepData?: boolean;
  yes?: boolean;
}

export const remove: CommandDefinition<RemoveOptions> = {
  name: 'remove',
  summary: 'take Belfry out of the database: triggers, functions and the schema belfry',
  details:
    'In one transaction; nothing of it stays behind. Stop the servers first. With --keep-data only triggers and functions go,\n' +
    'and notifications, inboxes and the rules that were stay in the schema belfry.',
  prints: true,
  options: [
    { flags: '--keep-data', description: 'leave the schema belfry with all that it keeps' },
    { flags: '--yes', description: 'do not ask' },
  ],
  examples: [['belfry remove --keep-data --yes', 'silences every rule without asking, and keeps the notifications']],
  async run(context, { keepData = false, yes = false }) {
    const { output } = context;
    const removed = await context.withClient(async (client, target) => {
      if (!(await hasSchema(client))) return { topics: [], schema: false };
      const { relay } = await readPipeline(client);
      if (relay !== null) throw new CommandError(`a server works on ${target.place} (${relay}): stop it first.`);
      if (!yes) await confirm(target, keepData);
      try {
        return await removeBelfry(client, keepData, { log: (line) => output.progress(line) });
      } catch (error) {
        if (error instanceof DependentsError) throw new CommandError(error.message, { cause: error });
        throw error;
      }
    });
    output.result(removed, [
      ...removed.topics.map((topic) => `removed the trigger of ${topic}`),
      removed.schema ? 'removed the schema belfry' : keepData ? 'kept the schema belfry' : 'there is no Belfry in this database',
    ]);
    return EXIT.ok;
  },
};

/** By a whole word: what is gone is gone. */
async function confirm({ place }: Target, keepData: boolean): Promise<void> {
  const what = keepData ? 'every trigger of Belfry' : 'Belfry, its triggers and every notification,';
  if (!process.stdin.isTTY) throw new CommandError(`would take ${what} out of ${place}: pass --yes where nobody can be asked.`);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`Take ${what} out of ${place}? Type yes to go on: `);
    if (answer.trim() !== 'yes') throw new CommandError('nothing was changed.');
  } finally {
    reader.close();
  }
}
