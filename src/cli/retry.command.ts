import { retryParked } from '../rules/parked.js';
import type { CommandDefinition } from './command.js';
import type { SharedOptions } from './context.js';
import { CommandError, EXIT } from './exit-code.js';
import { counted } from './output.js';

interface RetryOptions extends SharedOptions {
  topic?: string;
  all?: boolean;
}

export const retry: CommandDefinition<RetryOptions> = {
  name: 'retry [ids...]',
  summary: 'send parked changes again, after their rule was mended',
  details:
    'A change that could not become a notification lies in belfry.failed_changes, with the reason. It goes back to the outbox,\n' +
    'in its order, and is rendered by the rule as it is in force now. One whose when failed is sent without asking it again.',
  prints: true,
  options: [
    { flags: '--topic <topic>', description: 'all of this rule' },
    { flags: '--all', description: 'all of every rule' },
  ],
  examples: [
    ['belfry retry --topic order.created', 'sends what that rule could not'],
    ['belfry retry 4711 4712', 'sends these two changes'],
  ],
  async run(context, { topic, all = false }, ids) {
    const ways = [ids.length > 0, topic !== undefined, all].filter(Boolean).length;
    if (ways !== 1) throw new CommandError(`found ${ways} of ids, --topic and --all, expected one: which changes are to be sent again?`);
    const odd = ids.find((id) => !/^\d{1,18}$/.test(id));
    if (odd !== undefined) throw new CommandError(`found the id ${odd}, expected that of a change in belfry.failed_changes`);
    const retried = await context.withClient((client) =>
      retryParked(client, { ...(ids.length > 0 && { ids }), ...(topic !== undefined && { topic }) }),
    );
    const topics = new Map<string, number>();
    for (const change of retried) topics.set(change.topic ?? 'no rule', (topics.get(change.topic ?? 'no rule') ?? 0) + 1);
    context.output.result({ retried: retried.length, topics: Object.fromEntries(topics) }, [
      ...[...topics].map(([name, count]) => `${name}: ${counted(count, 'change')}`),
      retried.length === 0 ? 'nothing is parked there' : `${counted(retried.length, 'change')} on the way again`,
    ]);
    return EXIT.ok;
  },
};
