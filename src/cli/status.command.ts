import { findDrift } from '../rules/drift.js';
import { hasSchema } from '../rules/installed.js';
import { reportRules, type RuleReport } from '../rules/rules.repository.js';
import type { CommandDefinition } from './command.js';
import { CommandError, EXIT } from './exit-code.js';
import { columns, counted, type Output } from './output.js';
import { readPipeline, type Pipeline } from './pipeline.js';

export const status: CommandDefinition = {
  name: 'status',
  summary: 'show the rules in force: how often they fired, failed, and what waits',
  prints: true,
  examples: [['belfry status', 'lists every rule with its counts, its last error and when it last fired']],
  async run(context) {
    const { output } = context;
    const { rules, pipeline } = await context.withClient(async (client, { place }) => {
      if (!(await hasSchema(client))) throw new CommandError(`Belfry has never been in ${place}: belfry apply sets it up.`);
      // As it is now: what is noted is as old as the last server that looked.
      const drift = await findDrift(client);
      const rules = (await reportRules(client)).map((rule) => ({ ...rule, drift: drift.get(rule.topic) ?? null }));
      return { rules, pipeline: await readPipeline(client) };
    });
    output.result({ rules, ...pipeline }, [...table(output, rules), '', ...pipelineLines(output, pipeline)]);
    return EXIT.ok;
  },
};

function table(output: Output, rules: readonly RuleReport[]): string[] {
  const head = ['topic', 'table', 'on', 'fired', 'failed', 'last fired'];
  const rows = rules.map(({ topic, table, on, fired, failed, lastFiredAt }) => [
    topic, table, on.join(', '), String(fired), String(failed), lastFiredAt ?? 'never',
  ]);
  const [first = '', ...lines] = columns([head, ...rows]);
  return [
    output.paint('bold', first),
    ...lines.flatMap((line, at) => {
      const { drift = null, lastError = null } = rules[at] ?? {};
      return [
        line,
        ...(drift === null ? [] : [output.paint('yellow', `  drifted: ${drift}`)]),
        ...(lastError === null ? [] : [output.paint('red', `  last error: ${lastError}`)]),
      ];
    }),
  ];
}

function pipelineLines(output: Output, { relay, waiting, parked, position }: Pipeline): string[] {
  const oldest = waiting.oldestSeconds === null ? '' : `, the oldest for ${waiting.oldestSeconds.toFixed(1)} s`;
  const parkedLine = `${counted(parked, 'change')} parked${parked > 0 ? ': belfry retry --all sends them again' : ''}`;
  return [
    relay === null ? output.paint('yellow', 'no server relays') : `relayed by ${relay}`,
    `${counted(waiting.count, 'change')} waiting${oldest}`,
    parked > 0 ? output.paint('yellow', parkedLine) : parkedLine,
    `position ${position}`,
  ];
}
