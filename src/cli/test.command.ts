import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { didYouMean } from '../config/did-you-mean.js';
import { JOURNAL_CHANNEL } from '../database/listener.js';
import { channelOf } from '../relay/rendered-text.js';
import { hasSchema } from '../rules/installed.js';
import { sendTest, type SentTest } from '../rules/test-change.js';
import type { CommandDefinition } from './command.js';
import type { SharedOptions, Target } from './context.js';
import { CommandError, EXIT } from './exit-code.js';
import { milliseconds } from './option-values.js';

interface TestOptions extends SharedOptions {
  topic: string;
  to: string[];
  timeout: number;
}

/** A ring is a hint: without one the notification is looked for this often, in milliseconds. */
const LOOK_MS = 250;

interface Delivered {
  id: string;
  title: string;
  severity: string;
}

export const test: CommandDefinition<TestOptions> = {
  name: 'test',
  summary: 'send a test of a rule through the whole way: outbox, relay, streams',
  details:
    'It goes to the channels of --to alone, shows made-up values and no row of the table, is marked in its title, and is never escalated.\n' +
    'Waits until a relay has delivered it and says how long that took. What no relay takes in time is withdrawn.',
  prints: true,
  options: [
    { flags: '--topic <topic>', description: 'the rule, as it is in force', required: true },
    { flags: '--to <channels...>', description: 'whom: everyone, role:<name>, user:<id>', required: true },
    { flags: '--timeout <duration>', description: 'how long to wait for a relay', parse: milliseconds, default: 10_000 },
  ],
  examples: [['belfry test --topic order.created --to user:ann', "rings Ann's bell, and says after how many milliseconds"]],
  async run(context, { topic, to, timeout }) {
    const channels = to.map(checkedChannel);
    const { output, interrupted } = context;
    const { delivered, ms } = await context.withClient(async (client, target) => {
      const heard = await listen(client);
      const start = performance.now();
      const sent = await send(client, target, topic, channels);
      const found = await waitFor(client, sent, start + timeout, heard, interrupted);
      return { delivered: found, ms: Math.round(performance.now() - start) };
    });
    output.result({ ...delivered, topic, channels, ms }, [
      `${output.paint('green', 'delivered')} after ${ms} ms as notification ${delivered.id} to ${channels.join(', ')}`,
      `  ${delivered.severity}: ${delivered.title}`,
    ]);
    return EXIT.ok;
  },
};

function checkedChannel(text: string): string {
  const channel = channelOf(text);
  if (channel) return channel;
  throw new CommandError(`--to: found ${text}, expected everyone, role:<name> or user:<id>`);
}

/** Gives what resolves at the next ring of the journal. */
async function listen(client: pg.Client): Promise<() => Promise<void>> {
  await client.query(`listen ${JOURNAL_CHANNEL}`);
  return () => new Promise((resolve) => client.once('notification', () => resolve()));
}

async function send(client: pg.Client, { place }: Target, topic: string, channels: string[]): Promise<SentTest> {
  if (!(await hasSchema(client))) throw new CommandError(`Belfry has never been in ${place}: belfry apply sets it up.`);
  const sent = await sendTest(client, topic, channels);
  if (sent) return sent;
  const { rows } = await client.query<{ topic: string }>('select topic from belfry.rules where retired_at is null order by 1');
  const topics = rows.map((row) => row.topic);
  const known = topics.length === 0 ? 'no rule is' : `in force are ${topics.join(', ')}`;
  throw new CommandError(`found no rule "${topic}" in force${didYouMean(topic, topics)}; ${known}. belfry apply puts the file's in force.`);
}

async function waitFor(client: pg.Client, sent: SentTest, deadline: number, heard: () => Promise<void>, interrupted: AbortSignal): Promise<Delivered> {
  while (performance.now() < deadline && !interrupted.aborted) {
    const rung = heard();
    const { rows } = await client.query<Delivered>(
      `select id, title, severity from belfry.notifications
        where id > (select position - 1000 from belfry.relay_state) and change ->> 'transaction' = $1
          and change ->> 'operation' = 'test' order by id desc limit 1`,
      [sent.transaction],
    );
    if (rows[0]) return rows[0];
    const { rows: failed } = await client.query<{ reason: string }>('delete from belfry.failed_changes where id = $1 returning reason', [sent.change]);
    if (failed[0]) throw new CommandError(`the relay could not deliver the test: ${failed[0].reason}`);
    await Promise.race([rung, sleep(Math.min(LOOK_MS, Math.max(1, deadline - performance.now())))]);
  }
  const { rowCount } = await client.query('delete from belfry.changes where id = $1', [sent.change]);
  interrupted.throwIfAborted();
  if (rowCount === 0) throw new CommandError('a relay took the test, and its notification was not found in time: see its log.');
  throw new CommandError('no relay took the test in time, and it was withdrawn: is a server running on this database? belfry doctor tells more.');
}
