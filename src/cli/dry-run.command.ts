import { inTransaction } from '../database/transaction.js';
import { compileRule } from '../relay/render.js';
import { OVER_BUDGET, RenderBudget } from '../relay/render-budget.js';
import type { Rendered } from '../relay/rendered.js';
import { checkExpressions, fitToTables, type FittingRule } from '../rules/check-rules.js';
import { showDuration } from '../rules/duration.js';
import { parseExact } from '../rules/exact-number.js';
import { pastRows, type Past } from '../rules/past-rows.js';
import { LOCAL_SETTINGS } from '../rules/trigger-settings.js';
import { inFileOrder, RulesError } from '../rules/rules-error.js';
import type { CommandDefinition } from './command.js';
import type { SharedOptions } from './context.js';
import { CommandError, EXIT } from './exit-code.js';
import { milliseconds, wholeNumber } from './option-values.js';
import { columns, counted, type Output } from './output.js';

interface DryRunOptions extends SharedOptions {
  since: number;
  topic?: string;
  limit: number;
}

/** One statement on the business's tables may take this long. */
const STATEMENT_TIMEOUT_MS = 30_000;
const EXAMPLES = 3;
/** Channels and reasons that are listed by name. */
const LISTED = 10;

/** What one rule would have sent. */
export interface DryRun {
  topic: string;
  table: string;
  /** Null: no column of the table says when a row was created, so all rows were looked at. */
  createdColumn: string | null;
  rows: number;
  more: boolean;
  notifications: number;
  /** Rows that would have gone to nobody. */
  nobody: number;
  /** Notifications by channel, most first. */
  channels: Record<string, number>;
  /** Rows that would have been parked, by reason. */
  failed: Record<string, number>;
  examples: Pick<Rendered, 'severity' | 'title' | 'body' | 'link' | 'channels' | 'escalation'>[];
}

export const dryRun: CommandDefinition<DryRunOptions> = {
  name: 'dry-run',
  summary: 'show what each insert rule of the file would have sent, from the rows that are there',
  details:
    'How many, to whom, and three of them as they would look. Reads only, in one snapshot, and applies nothing. When a row was\n' +
    'created is taken from a timestamp column called created_at or alike; a table without one is looked at whole, up to the\n' +
    'limit. Rows that were changed or deleted since are seen as they are now. What updates and deletes would have sent can not\n' +
    'be told from rows.',
  readsRules: true,
  prints: true,
  options: [
    { flags: '--since <duration>', description: 'how far back', parse: milliseconds, default: 7 * 86_400_000 },
    { flags: '--topic <topic>', description: 'this rule alone' },
    { flags: '--limit <count>', description: 'rows looked at for one rule, the newest first', parse: wholeNumber, default: 10_000 },
  ],
  examples: [['belfry dry-run --since 7d --topic order.created', 'how loud would that rule have been last week?']],
  async run(context, { since, topic, limit }) {
    const { output } = context;
    const all = await context.rules();
    const chosen = all.filter(({ rule }) => topic === undefined || rule.topic === topic);
    if (chosen.length === 0 && topic !== undefined) throw new CommandError(`found no rule "${topic}" in ${context.config.configFile}`);
    const rules = chosen.filter(({ rule }) => rule.on.includes('insert'));
    const skipped = chosen.filter((placed) => !rules.includes(placed)).map(({ rule }) => rule.topic);
    const runs = await context.withClient((client) =>
      inTransaction(client, async () => {
        await client.query('set transaction isolation level repeatable read, read only');
        await client.query(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}; set local lock_timeout = 2000; set local row_security = off`);
        const { fitting, problems } = await fitToTables(client, rules, { toApply: false });
        problems.push(...(await checkExpressions(client, fitting)));
        if (problems.length > 0) throw new RulesError(inFileOrder(problems));
        await client.query(LOCAL_SETTINGS);
        const found: DryRun[] = [];
        for (const one of fitting) {
          output.progress(`looking at ${one.table.schema}.${one.table.name} for ${one.placed.rule.topic}`);
          found.push(render(one, await pastRows(client, one, { since: new Date(Date.now() - since), limit })));
        }
        return found;
      }),
    );
    output.result({ sinceMs: since, rules: runs, skipped }, [
      ...runs.flatMap((run) => show(output, run)),
      ...(skipped.length > 0 ? [output.paint('dim', `not looked at, as they are not about inserts: ${skipped.join(', ')}`)] : []),
    ]);
    return EXIT.ok;
  },
};

function render({ placed, table }: FittingRule, { column, rows, more, matched, failures }: Past): DryRun {
  const compiled = compileRule(placed.rule);
  const failed = new Map([...failures].map(([message, count]) => [`when: ${message}`, count]));
  const channels = new Map<string, number>();
  const rendered: Rendered[] = [];
  let nobody = 0;
  // As the relay has it: what runs away is not rendered ten thousand times.
  const budget = new RenderBudget();
  for (const row of matched) {
    try {
      const one = budget.within(0, () => compiled.render({ operation: 'insert', key: row.key, old: null, new: parseExact(row.new) }));
      if (!one) throw new Error(OVER_BUDGET);
      if (one.channels.length === 0) nobody++;
      else rendered.push(one);
      for (const channel of one.channels) channels.set(channel, (channels.get(channel) ?? 0) + 1);
    } catch (error) {
      const { message } = error as Error;
      failed.set(message, (failed.get(message) ?? 0) + 1);
    }
  }
  return {
    topic: placed.rule.topic, table: `${table.schema}.${table.name}`, createdColumn: column, rows, more,
    notifications: rendered.length, nobody,
    channels: mostFirst(channels), failed: mostFirst(failed),
    examples: rendered.slice(-EXAMPLES).map(({ severity, title, body, link, channels: to, escalation }) => ({ severity, title, body, link, channels: to, escalation })),
  };
}

function mostFirst(counts: Map<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function show(output: Output, run: DryRun): string[] {
  const among = run.createdColumn === null ? 'no column says when they were created' : `by ${run.createdColumn}`;
  const rows = `${counted(run.rows, 'row')} of ${run.table}, ${among}${run.more ? '; there are more, see --limit' : ''}`;
  const listed = (counts: Record<string, number>): string[] => {
    const entries = Object.entries(counts);
    const rest = entries.length - LISTED;
    return [
      ...columns(entries.slice(0, LISTED).map(([name, count]) => [`  ${String(count).padStart(7)}`, name])),
      ...(rest > 0 ? [`          and ${rest} more`] : []),
    ];
  };
  return [
    `${output.paint('bold', run.topic)}: ${counted(run.notifications, 'notification')} from ${rows}`,
    ...listed(run.channels),
    ...(run.nobody > 0 ? [`  ${String(run.nobody).padStart(7)}  nobody`] : []),
    ...(Object.keys(run.failed).length > 0 ? [output.paint('red', '  would have been parked:'), ...listed(run.failed)] : []),
    ...run.examples.flatMap(({ severity, title, body, link, channels, escalation }) => [
      `  e.g. ${severity}: ${title}`,
      ...(body === null ? [] : body.split('\n').map((line) => `       ${line}`)),
      output.paint('dim', `       → ${channels.join(', ')}${link === null ? '' : `  ${link}`}`),
      ...(escalation ? [output.paint('dim', `       unless claimed within ${showDuration(escalation.after)}: to ${escalation.to.join(', ')} as well`)] : []),
    ]),
    '',
  ];
}
