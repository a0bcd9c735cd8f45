import { migrate, MIGRATIONS } from '../database/migrations.js';
import { applyRules } from '../rules/apply.js';
import type { CommandDefinition } from './command.js';
import type { SharedOptions } from './context.js';
import { EXIT } from './exit-code.js';
import { milliseconds, wholeNumber } from './option-values.js';

interface ApplyOptions extends SharedOptions {
  lockTimeout: number;
  retries: number;
}

export const apply: CommandDefinition<ApplyOptions> = {
  name: 'apply',
  summary: "bring the database's triggers in line with the rules",
  details:
    'Migrates the schema belfry first where that is due. Then all rules in one transaction: either every one is in force, or\n' +
    'nothing changed. It never queues behind a long transaction, where it would hold up every writer that comes after it:\n' +
    'it gives up soon, says who is in the way, and tries again.',
  readsRules: true,
  prints: true,
  options: [
    { flags: '--lock-timeout <duration>', description: 'how long one try waits for a lock', parse: milliseconds, default: 2_000 },
    { flags: '--retries <count>', description: 'how often to try again', parse: wholeNumber, default: 30 },
  ],
  examples: [['belfry apply --retries 0', 'applies belfry.yaml, or says at once who is in the way']],
  async run(context, { lockTimeout, retries }) {
    const { output, interrupted: signal } = context;
    const rules = await context.rules();
    const log = (line: string): void => output.progress(line);
    const { migrated, applied } = await context.withClient(async (client) => ({
      migrated: await migrate(client, MIGRATIONS, 'belfry', { retries, log, signal }),
      applied: await applyRules(client, rules, {
        lockTimeoutMs: lockTimeout,
        retries,
        log,
        signal,
      }),
    }));
    output.result({ migrated, ...applied }, [
      ...migrated.map((name) => `migrated ${name}`),
      ...Object.entries(applied).flatMap(([what, topics]) => topics.map((topic) => `${what} ${topic}`)),
    ]);
    return EXIT.ok;
  },
};
